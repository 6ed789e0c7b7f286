/// Accuracy against time, as SVG: a dot per strategy and the Pareto front.
struct TradeOffChart {
  struct Point {
    let name: String
    /// Milliseconds a picture, above 0.
    let time: Double
    /// In `[0, 1]`.
    let accuracy: Double
    let isOnFront: Bool
  }

  let points: [Point]
  let accuracyName: String

  private static let width = 880.0
  private static let height = 420.0
  private static let left = 64.0
  private static let right = 36.0
  private static let top = 22.0
  private static let bottom = 58.0

  func svg() -> String {
    guard !points.isEmpty else { return "" }
    let low = max((points.map(\.time).min() ?? 1) / 1.35, 1e-3)
    let high = max((points.map(\.time).max() ?? 1) * 1.6, low * 2)
    let accuracies = points.map(\.accuracy)
    let span = max((accuracies.max() ?? 1) - (accuracies.min() ?? 0), 0.02)
    let floor = max((accuracies.min() ?? 0) - 0.25 * span, 0)
    let ceiling = min((accuracies.max() ?? 1) + 0.2 * span, 1.02)
    let x = { (time: Double) in
      Self.left + (Self.width - Self.left - Self.right)
        * Self.position(of: time, low: low, high: high)
    }
    let y = { (accuracy: Double) in
      Self.height - Self.bottom - (Self.height - Self.top - Self.bottom)
        * (accuracy - floor) / (ceiling - floor)
    }
    var svg = """
      <svg class="chart" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      aria-label="\(HTMLText.escaped(accuracyName)) against milliseconds per picture">

      """
    for tick in Self.linearTicks(floor, ceiling) {
      svg += line(Self.left, y(tick), Self.width - Self.right, y(tick))
      svg += text(
        Fixed.text(tick, decimals: 2), Self.left - 10, y(tick) + 4, anchor: "end", style: "tick")
    }
    for tick in Self.timeTicks(low, high) {
      svg += line(x(tick), Self.top, x(tick), Self.height - Self.bottom)
      let label = Fixed.text(tick, decimals: tick < 1 ? 2 : 0)
      svg += text(label, x(tick), Self.height - Self.bottom + 20, anchor: "middle", style: "tick")
    }
    svg += text(
      "milliseconds per picture, by ratios",
      (Self.left + Self.width - Self.right) / 2, Self.height - 12, anchor: "middle", style: "tick")
    svg += text(accuracyName, Self.left - 52, Self.top - 6, anchor: "start", style: "tick")
    let front = points.filter(\.isOnFront).sorted { $0.time < $1.time }
    if front.count > 1 {
      let path = front.map { "\(HTMLText.number(x($0.time))),\(HTMLText.number(y($0.accuracy)))" }
      svg += "<polyline class=\"frontline\" points=\"\(path.joined(separator: " "))\"/>\n"
    }
    svg += dots(x: x, y: y)
    return svg + "</svg>\n"
  }

  /// Dots with their names, moved so that names do not cover each other.
  private func dots(x: (Double) -> Double, y: (Double) -> Double) -> String {
    var svg = ""
    var taken: [(left: Double, right: Double, baseline: Double)] = []
    for point in points.sorted(by: { $0.accuracy > $1.accuracy }) {
      let (cx, cy) = (x(point.time), y(point.accuracy))
      let title =
        "\(point.name): \(Fixed.text(point.accuracy, decimals: 3)) at "
        + "\(Fixed.text(point.time, decimals: 1)) ms"
      svg += "<circle class=\"dot\(point.isOnFront ? " front" : "")\" "
      svg += "cx=\"\(HTMLText.number(cx))\" cy=\"\(HTMLText.number(cy))\" r=\"7\">"
      svg += "<title>\(HTMLText.escaped(title))</title></circle>\n"
      let width = 7.4 * Double(point.name.count)
      // To the left where the edge or another dot is in the way.
      let isCovered = points.contains {
        let (dx, dy) = (x($0.time) - cx, y($0.accuracy) - cy)
        return dx > 1 && dx < 14 + width && abs(dy) < 14
      }
      let goesLeft = cx + 14 + width > Self.width || (isCovered && cx - 14 - width > Self.left)
      let start = goesLeft ? cx - 14 - width : cx + 14
      var baseline = cy + 4
      while taken.contains(where: {
        abs($0.baseline - baseline) < 15 && $0.left < start + width && start < $0.right
      }) {
        baseline += 15
      }
      taken.append((start, start + width, baseline))
      svg += text(point.name, start, baseline, anchor: "start", style: nil)
    }
    return svg
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    let numbers = [x1, y1, x2, y2].map(HTMLText.number)
    return "<line class=\"grid\" x1=\"\(numbers[0])\" y1=\"\(numbers[1])\" "
      + "x2=\"\(numbers[2])\" y2=\"\(numbers[3])\"/>\n"
  }

  private func text(
    _ content: String, _ x: Double, _ y: Double, anchor: String, style: String?
  ) -> String {
    let style = style.map { " class=\"\($0)\"" } ?? ""
    return "<text\(style) x=\"\(HTMLText.number(x))\" y=\"\(HTMLText.number(y))\" "
      + "text-anchor=\"\(anchor)\">\(HTMLText.escaped(content))</text>\n"
  }

  /// Between 0 at `low` and 1 at `high`, by ratios: counts how often `time` can be halved.
  private static func position(of time: Double, low: Double, high: Double) -> Double {
    binaryLogarithm(time / low) / binaryLogarithm(high / low)
  }

  /// Piecewise linear between powers of two, which is as good for a chart.
  private static func binaryLogarithm(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 0 }
    return Double(value.exponent) + value.significand - 1
  }

  private static func timeTicks(_ low: Double, _ high: Double) -> [Double] {
    var ticks: [Double] = []
    var decade = 0.001
    while decade < high && ticks.count < 40 {
      for step in [1.0, 2, 5] where (low...high).contains(decade * step) {
        ticks.append(decade * step)
      }
      decade *= 10
    }
    return ticks
  }

  private static func linearTicks(_ low: Double, _ high: Double) -> [Double] {
    let steps = [0.01, 0.02, 0.05, 0.1, 0.2]
    let step = steps.first { (high - low) / $0 <= 7 } ?? 0.25
    var ticks: [Double] = []
    var index = (low / step).rounded(.up)
    while index * step <= high && ticks.count < 40 {
      ticks.append(index * step)
      index += 1
    }
    return ticks
  }
}
