internal import Files
internal import StrictJSON

/// The exponents that `detect calibrate` measured, as a JSON file: the model's name, the layer behind
/// which its network is divided, and per map that crosses there the exponent of its power law.
package struct CalibrationFile: Hashable, Sendable {
  package struct Map: Hashable, Sendable {
    /// The value's name in the network.
    package var name: String
    package var lambda: Double
    /// Root mean square of what the law leaves of the logarithms of measured ratios.
    package var residual: Double
    package var sampleCount: Int

    package init(name: String, lambda: Double, residual: Double, sampleCount: Int) {
      self.name = name
      self.lambda = lambda
      self.residual = residual
      self.sampleCount = sampleCount
    }
  }

  /// Why a file is not taken.
  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    case missing(String)
    case notFinite(String, Double)

    package var description: String {
      switch self {
      case .missing(let key): "calibration: needs \(key)"
      case .notFinite(let name, let value):
        "calibration: lambda \(value) of \(name) is out of range"
      }
    }
  }

  package static let formatName = "detect-calibration"
  /// Larger exponents than any map has.
  package static let lambdaLimit = 16.0

  package var model: String
  package var cut: String
  package var imageCount: Int
  package var maps: [Map]

  package init(model: String, cut: String, imageCount: Int, maps: [Map]) {
    self.model = model
    self.cut = cut
    self.imageCount = imageCount
    self.maps = maps
  }

  /// Reads a calibration.
  ///
  /// - Throws: `FileError`, the JSON reader's errors, `Refusal`.
  package init(path: String) throws {
    try self.init(json: JSONReader.parse(RegularFile.read(path, byteLimit: 1 << 20)))
  }

  init(json: JSONValue) throws {
    guard json["format"]?.stringValue == Self.formatName else {
      throw Refusal.missing("format \"\(Self.formatName)\"")
    }
    guard let cut = json["cut"]?.stringValue else { throw Refusal.missing("cut") }
    guard let maps = json["maps"]?.arrayValue, !maps.isEmpty else { throw Refusal.missing("maps") }
    self.cut = cut
    model = json["model"]?.stringValue ?? ""
    imageCount = json["images"]?.doubleValue.flatMap { Int(exactly: $0) } ?? 0
    self.maps = try maps.map { map in
      guard let name = map["name"]?.stringValue else { throw Refusal.missing("a name per map") }
      guard let lambda = map["lambda"]?.doubleValue else {
        throw Refusal.missing("lambda of \(name)")
      }
      guard abs(lambda) <= Self.lambdaLimit else { throw Refusal.notFinite(name, lambda) }
      return Map(
        name: name, lambda: lambda, residual: map["residual"]?.doubleValue ?? 0,
        sampleCount: map["samples"]?.doubleValue.flatMap { Int(exactly: $0) } ?? 0)
    }
  }

  /// The file's content, one object on one line.
  ///
  /// - Throws: The JSON writer's errors, for numbers that are not finite.
  package func bytes() throws -> [UInt8] {
    let maps: [JSONValue] = maps.map {
      [
        "name": .string($0.name), "lambda": .number($0.lambda), "residual": .number($0.residual),
        "samples": .integer($0.sampleCount),
      ]
    }
    let file: JSONValue = [
      "format": .string(Self.formatName), "version": 1, "model": .string(model),
      "cut": .string(cut), "images": .integer(imageCount), "maps": .array(maps),
    ]
    return try JSONWriter.bytes(of: file) + [UInt8(ascii: "\n")]
  }
}
