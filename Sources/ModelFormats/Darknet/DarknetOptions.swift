/// The keys of one section, read with their types and checked for keys that nobody read.
///
/// A key that changes what the network computes must be understood or refused; only keys known to
/// matter for training alone are passed over.
struct DarknetOptions {
  private let section: DarknetConfiguration.Section
  /// `section 3 [convolutional]`, for messages.
  private let place: String
  private var known: Set<String> = []

  /// Numbers in a list: layers of a route, anchors.
  private static let listLimit = 400

  init(_ section: DarknetConfiguration.Section, place: String) {
    self.section = section
    self.place = place
  }

  func error(_ detail: String, line: Int? = nil) -> ModelError {
    .malformed("line \(line ?? section.line), \(place): \(detail)")
  }

  private mutating func option(_ key: String) -> DarknetConfiguration.Option? {
    known.insert(key)
    return section.options.first { $0.key == key }
  }

  mutating func has(_ key: String) -> Bool { option(key) != nil }

  private func integer(_ text: String, _ option: DarknetConfiguration.Option) throws -> Int {
    guard let value = Int(text), !text.hasPrefix("+") else {
      throw error(
        "\(printable(option.key))=\(printable(option.value)): '\(printable(text))' is not a whole "
          + "number", line: option.line)
    }
    return value
  }

  /// The value of an integer key, or `default` when it is absent.
  mutating func integer(
    _ key: String, default: Int, in allowed: ClosedRange<Int>
  ) throws -> Int {
    guard let option = option(key) else { return `default` }
    let value = try integer(option.value, option)
    guard allowed.contains(value) else {
      throw error(
        "\(key)=\(value), allowed are \(allowed.lowerBound) to \(allowed.upperBound)",
        line: option.line)
    }
    return value
  }

  /// A comma-separated list; `nil` when the key is absent, never empty.
  mutating func integers(_ key: String) throws -> [Int]? {
    guard let option = option(key) else { return nil }
    return try parts(option).map { try integer($0, option) }
  }

  mutating func flag(_ key: String, default: Bool = false) throws -> Bool {
    try integer(key, default: `default` ? 1 : 0, in: 0...1) == 1
  }

  mutating func float(_ key: String, default: Float) throws -> Float {
    guard let option = option(key) else { return `default` }
    return try float(option.value, option)
  }

  /// A comma-separated list; `nil` when the key is absent, never empty.
  mutating func floats(_ key: String) throws -> [Float]? {
    guard let option = option(key) else { return nil }
    return try parts(option).map { try float($0, option) }
  }

  private func float(_ text: String, _ option: DarknetConfiguration.Option) throws -> Float {
    let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    // Darknet's files write `1.` and `.5`.
    let padded = text.hasSuffix(".") ? text + "0" : text
    guard isDecimal, let value = Float(padded), value.isFinite else {
      throw error(
        "\(printable(option.key)): '\(printable(text))' is not a finite number", line: option.line)
    }
    return value
  }

  private func parts(_ option: DarknetConfiguration.Option) throws -> [String] {
    var parts = option.value.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingSpaces }
    // A comma after the last number is common.
    if parts.count > 1 && parts.last == "" { parts.removeLast() }
    guard parts.count <= DarknetOptions.listLimit else {
      throw error(
        "\(printable(option.key)) lists \(parts.count) numbers, at most "
          + "\(DarknetOptions.listLimit) allowed", line: option.line)
    }
    guard !parts.contains("") else {
      throw error("\(printable(option.key)) lacks a number", line: option.line)
    }
    return parts
  }

  mutating func string(_ key: String, default: String) -> String {
    option(key)?.value ?? `default`
  }

  /// The activation function of a layer.
  mutating func activation(default name: String) throws -> DarknetActivation {
    let option = option("activation")
    let name = option?.value ?? name
    guard let activation = DarknetActivation(rawValue: name) else {
      throw error(
        "activation=\(printable(name)), known are "
          + DarknetActivation.allCases.map(\.rawValue).joined(separator: " "), line: option?.line)
    }
    return activation
  }

  /// Refuses a key that would change the computation in a way not implemented, unless it is
  /// switched off.
  mutating func refuse(_ keys: String...) throws {
    for key in keys {
      guard let option = option(key) else { continue }
      guard let value = Float(option.value), value == 0 else {
        throw error("\(key)=\(printable(option.value)) is not supported", line: option.line)
      }
    }
  }

  /// Marks keys that matter for training only.
  mutating func passOver(_ keys: [String]) { known.formUnion(keys) }

  /// Refuses any key that was neither read nor passed over.
  func finish() throws {
    for option in section.options where !known.contains(option.key) {
      throw error("unknown key '\(printable(option.key))'", line: option.line)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(String(drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
  }
}
