internal import Files
internal import Geometry
internal import Imaging
internal import StrictJSON

extension ModelManifest {
  /// The keys a manifest may have.
  package static let keys = [
    "family", "input", "color", "scale", "mean", "std", "resize", "names", "anchors", "thresholds",
  ]
  private static let thresholdKeys = ["score", "iou", "max_detections"]
  private static let byteLimit = 16 << 20

  /// The path of a model's manifest: the model's with its extension replaced by `json`.
  package static func path(besideModel modelPath: String) -> String {
    let nameStart =
      modelPath.lastIndex(of: "/").map(modelPath.index(after:)) ?? modelPath.startIndex
    guard let dot = modelPath[nameStart...].lastIndex(of: "."), dot > nameStart else {
      return modelPath + ".json"
    }
    return modelPath[..<dot] + ".json"
  }

  /// The manifest beside a model; `nil` when there is none.
  ///
  /// - Throws: `FileError` when it cannot be read, `DetectorError.invalidManifest`.
  package static func besideModel(_ modelPath: String) throws -> ModelManifest? {
    let path = path(besideModel: modelPath)
    guard path != modelPath else { return nil }
    do {
      return try parse(RegularFile.read(path, byteLimit: byteLimit), path: path)
    } catch FileError.notFound {
      return nil
    }
  }

  /// Reads a manifest's text.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `DetectorError.invalidManifest` naming the key and what is allowed.
  package static func parse(_ bytes: [UInt8], path: String) throws(DetectorError) -> ModelManifest {
    do {
      let root = try JSONReader.parse(bytes)
      guard let object = root.objectValue else {
        throw ManifestFault("is \(root.kind), not an object")
      }
      var manifest = ModelManifest()
      for member in object.members { try manifest.set(member.key, member.value) }
      return manifest
    } catch {
      throw .invalidManifest(path: path, String(describing: error))
    }
  }

  private mutating func set(_ key: String, _ value: JSONValue) throws {
    switch key {
    case "family":
      let name = try Self.string(key, value)
      heatmapFamily = HeatmapFamily(named: name)
      endToEndFamily = EndToEndFamily(named: name)
      guard heatmapFamily == nil, endToEndFamily == nil else { break }
      do { family = try GridFamily(named: name) } catch let error {
        throw ManifestFault("family: \(error)")
      }
    case "input": inputSize = try Self.size(value)
    case "color":
      switch try Self.string(key, value).lowercased() {
      case "rgb": color = .rgb
      case "bgr": color = .bgr
      default: throw ManifestFault("color: must be \"RGB\" or \"BGR\"")
      }
    case "scale":
      let number = try Self.float(key, value)
      guard number > 0 else { throw ManifestFault("scale: must be positive") }
      scale = number
    case "mean": mean = try Self.perChannel(key, value)
    case "std":
      let values = try Self.perChannel(key, value)
      guard values.allSatisfy({ $0 > 0 }) else { throw ManifestFault("std: must be positive") }
      deviation = values
    case "resize":
      guard let choice = Resize(rawValue: try Self.string(key, value)) else {
        throw ManifestFault(
          "resize: must be one of " + Resize.allCases.map(\.rawValue).joined(separator: ", "))
      }
      resize = choice
    case "names":
      guard let items = value.arrayValue, !items.isEmpty else {
        throw ManifestFault("names: must be a non-empty array of strings")
      }
      classNames = try items.map { try Self.string(key, $0) }
    case "anchors": anchors = try Self.anchors(value)
    case "thresholds": try setThresholds(value)
    default:
      throw ManifestFault(
        "unknown key \"\(key)\"; allowed: " + Self.keys.joined(separator: ", "))
    }
  }

  private mutating func setThresholds(_ value: JSONValue) throws {
    guard let object = value.objectValue else {
      throw ManifestFault("thresholds: must be an object, not \(value.kind)")
    }
    for member in object.members {
      switch member.key {
      case "score": scoreThreshold = try Self.fraction("thresholds.score", member.value)
      case "iou": overlapThreshold = try Self.fraction("thresholds.iou", member.value)
      case "max_detections":
        guard let count = member.value.intValue, count >= 0 else {
          throw ManifestFault("thresholds.max_detections: must be a whole number from 0")
        }
        maxDetections = count
      default:
        throw ManifestFault(
          "thresholds: unknown key \"\(member.key)\"; allowed: "
            + Self.thresholdKeys.joined(separator: ", "))
      }
    }
  }

  private static func string(_ key: String, _ value: JSONValue) throws -> String {
    guard let text = value.stringValue else {
      throw ManifestFault("\(key): must be a string, not \(value.kind)")
    }
    return text
  }

  private static func float(_ key: String, _ value: JSONValue) throws -> Float {
    guard let number = value.doubleValue, Float(number).isFinite else {
      throw ManifestFault("\(key): must be a number in the range of Float, not \(value.kind)")
    }
    return Float(number)
  }

  private static func fraction(_ key: String, _ value: JSONValue) throws -> Double {
    guard let number = value.doubleValue, (0...1).contains(number) else {
      throw ManifestFault("\(key): must be a number in 0...1")
    }
    return number
  }

  private static func perChannel(_ key: String, _ value: JSONValue) throws -> [Float] {
    guard let items = value.arrayValue else {
      return Array(repeating: try float(key, value), count: 3)
    }
    guard items.count == 3 else { throw ManifestFault("\(key): must have 3 numbers or be one") }
    return try items.map { try float(key, $0) }
  }

  /// `640`, `[width, height]` or `"640x480"`.
  private static func size(_ value: JSONValue) throws -> Size {
    let sides: [Int?]
    if let side = value.intValue {
      sides = [side, side]
    } else if let items = value.arrayValue {
      sides = items.map(\.intValue)
    } else {
      sides = (value.stringValue ?? "").split(separator: "x", omittingEmptySubsequences: false)
        .map { Int($0) }
    }
    guard sides.count == 2, let width = sides[0], let height = sides[1], width > 0, height > 0
    else {
      throw ManifestFault("input: must be a side, [width, height] or \"WIDTHxHEIGHT\"")
    }
    return Size(width: width, height: height)
  }

  /// A list of levels, each a list of `[width, height]`; a lone level may stand without its list.
  private static func anchors(_ value: JSONValue) throws -> [[Anchor]] {
    let fault = ManifestFault(
      "anchors: must be levels of [width, height] pairs of positive numbers")
    guard let levels = value.arrayValue, let first = levels.first?.arrayValue?.first else {
      throw fault
    }
    if first.doubleValue != nil { return [try levels.map { try anchor($0, fault) }] }
    return try levels.map { level in
      guard let pairs = level.arrayValue, !pairs.isEmpty else { throw fault }
      return try pairs.map { try anchor($0, fault) }
    }
  }

  private static func anchor(_ value: JSONValue, _ fault: ManifestFault) throws -> Anchor {
    guard let pair = value.arrayValue, pair.count == 2, let width = pair[0].doubleValue,
      let height = pair[1].doubleValue, width > 0, height > 0
    else { throw fault }
    return Anchor(width: width, height: height)
  }
}

/// What is wrong with a manifest, without its path.
private struct ManifestFault: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
