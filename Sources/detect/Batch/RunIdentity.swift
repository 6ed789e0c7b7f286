internal import Files
internal import StrictJSON

/// What decides the bytes of a run's results apart from the inputs: a run goes on where another
/// stopped only when both have the same identity.
struct RunIdentity: Equatable {
  var version: String
  var model: String
  /// Of the model's files together; of the built-in model a name.
  var modelSHA256: String
  /// The flags that decide results, with their values, in a fixed order.
  var options: [String]
  /// `i/n`, where the run is a part of a larger one.
  var shard: String?

  var json: JSONValue {
    var object = JSONObject()
    object["detect_state"] = 1
    object["version"] = .string(version)
    object["model"] = .string(model)
    object["model_sha256"] = .string(modelSHA256)
    object["options"] = .array(options.map { .string($0) })
    object["shard"] = shard.map { .string($0) } ?? .null
    return .object(object)
  }

  init(
    version: String, model: String, modelSHA256: String, options: [String], shard: String?
  ) {
    self.version = version
    self.model = model
    self.modelSHA256 = modelSHA256
    self.options = options
    self.shard = shard
  }

  /// `nil` when the value is not a state's first line.
  init?(_ json: JSONValue) {
    guard json["detect_state"] == 1, let version = json["version"]?.stringValue,
      let model = json["model"]?.stringValue, let hash = json["model_sha256"]?.stringValue,
      let options = json["options"]?.arrayValue?.compactMap(\.stringValue)
    else { return nil }
    self.init(
      version: version, model: model, modelSHA256: hash, options: options,
      shard: json["shard"]?.stringValue)
  }

  /// What differs from the run that stopped, in words; `nil` when nothing does.
  func difference(from earlier: RunIdentity) -> String? {
    if version != earlier.version {
      return "version differs: \(version), the run was begun by \(earlier.version)"
    }
    if model != earlier.model {
      return "model differs: \(model), the run was begun with \(earlier.model)"
    }
    if modelSHA256 != earlier.modelSHA256 {
      return "model SHA-256 differs: \(modelSHA256), the run was begun with \(earlier.modelSHA256)"
    }
    if shard != earlier.shard {
      return "shard differs: \(shard ?? "none"), the run was begun as \(earlier.shard ?? "none")"
    }
    if options != earlier.options {
      let added = options.filter { !earlier.options.contains($0) }
      let removed = earlier.options.filter { !options.contains($0) }
      let now = added.isEmpty ? "none" : added.joined(separator: " ")
      let before = removed.isEmpty ? "none" : removed.joined(separator: " ")
      return "options differ: now \(now), the run was begun with \(before)"
    }
    return nil
  }
}

/// SHA-256 over files, one after the other.
enum ModelHash {
  /// - Throws: `FileError`.
  static func hexadecimal(of paths: [String], byteLimit: Int) throws -> String {
    var parts: [UInt8] = []
    for path in paths {
      // The hash of one file is the file's own.
      let bytes = try RegularFile.read(path, byteLimit: byteLimit)
      let hash = SHA256.hexadecimal(of: bytes)
      if paths.count == 1 { return hash }
      parts += hash.utf8
    }
    return SHA256.hexadecimal(of: parts)
  }
}
