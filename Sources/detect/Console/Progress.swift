#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How far a run is, on standard error: a line that is rewritten on a terminal, else a plain line
/// now and then.
struct Progress {
  enum Style { case bar, lines, quiet }

  private let style: Style
  private let total: Int
  private var begun = ContinuousClock().now
  private var shown: ContinuousClock.Instant?
  private var first = 0
  private var isDrawn = false

  private static let timeBetweenBars = Duration.milliseconds(200)
  private static let timeBetweenLines = Duration.seconds(30)

  /// - Parameter isQuiet: Shows nothing but messages.
  init(total: Int, isQuiet: Bool) {
    self.total = total
    style = isQuiet ? .quiet : isatty(2) == 1 && total > 1 ? .bar : .lines
  }

  /// Whether something moves before the eyes of a person.
  var isShown: Bool { style == .bar }

  /// - Parameter done: Inputs done by an earlier run.
  mutating func begin(at done: Int, failed: Int) {
    first = done
    begun = ContinuousClock().now
    shown = nil
    if style == .bar { draw(done: done, failed: failed) } else { shown = begun }
    if done > 0 && style != .quiet { message("going on after \(done) of \(total)") }
  }

  mutating func update(done: Int, failed: Int) {
    guard style != .quiet else { return }
    let interval = style == .bar ? Self.timeBetweenBars : Self.timeBetweenLines
    if let shown, ContinuousClock().now - shown < interval { return }
    draw(done: done, failed: failed)
  }

  /// Leaves a clean line.
  mutating func end() {
    guard isDrawn else { return }
    isDrawn = false
    put("\r\u{1b}[K")
  }

  /// A line above the bar.
  mutating func message(_ text: String) {
    end()
    StandardStreams.message(text)
  }

  private mutating func draw(done: Int, failed: Int) {
    let now = ContinuousClock().now
    let seconds = (now - begun) / .seconds(1)
    shown = now
    var text = "\(done)/\(total)"
    if done > first && seconds > 0 {
      let rate = Double(done - first) / seconds
      text += "  \(Self.rounded(rate)) images/s  \(Self.clock(Double(total - done) / rate)) left"
    }
    if failed > 0 { text += "  \(failed) failed" }
    if style == .bar {
      let width = 24
      let filled = total == 0 ? width : done * width / total
      let bar =
        String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
      put("\r[\(bar)] \(text)\u{1b}[K")
      isDrawn = true
    } else {
      StandardStreams.message(text)
    }
  }

  private func put(_ text: String) { try? Descriptor(number: 2).write(Array(text.utf8)) }

  private static func rounded(_ value: Double) -> String {
    value >= 100 ? "\(Int(min(value, 1e9)))" : "\(Double(Int(value * 10)) / 10)"
  }

  /// `h:mm:ss` or `m:ss`.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 1e8))
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let end = two(whole % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(end)" : "\(minutes):\(end)"
  }
}
