internal import Files
internal import StrictJSON

/// How far a run has come: what is on disk for certain.
struct Checkpoint: Equatable {
  /// Inputs whose records are written.
  var done = 0
  /// Of these, failed ones, and ones that could not even be read.
  var failed = 0
  var unreadable = 0
  /// Length of the results.
  var byteCount = 0
  /// Hash over the keys of the inputs done.
  var inputs = ""
  /// Whether the results are whole, the end of their format included.
  var isComplete = false

  /// How a run over so many inputs that has come to its end leaves the program.
  func status(of inputCount: Int) -> ExitStatus {
    if unreadable == inputCount { return .noInput }
    return failed > 0 ? .someInputFailed : .success
  }

  var json: JSONValue {
    var object = JSONObject()
    object["done"] = .integer(done)
    object["failed"] = .integer(failed)
    object["unreadable"] = .integer(unreadable)
    object["bytes"] = .integer(byteCount)
    object["inputs"] = .string(inputs)
    if isComplete { object["complete"] = true }
    return .object(object)
  }

  init() {}

  init?(_ json: JSONValue) {
    guard let done = json["done"]?.intValue, let failed = json["failed"]?.intValue,
      let unreadable = json["unreadable"]?.intValue, let byteCount = json["bytes"]?.intValue,
      let inputs = json["inputs"]?.stringValue, done >= 0, byteCount >= 0
    else { return nil }
    self.done = done
    self.failed = failed
    self.unreadable = unreadable
    self.byteCount = byteCount
    self.inputs = inputs
    isComplete = json["complete"] == true
  }
}

/// What tells an input from another one of the same name: path, size and time of change.
struct InputKey {
  /// The bytes that are hashed.
  let bytes: [UInt8]

  init(_ path: InputPath) {
    let status = FileStatus(path)
    let text = status.map { "\($0.byteCount) \($0.modified)" } ?? "missing"
    bytes = path.bytes + [0] + Array(text.utf8) + [0]
  }
}

/// SHA-256 over the keys of the inputs so far.
struct InputHash {
  private var hash = SHA256()

  mutating func add(_ key: InputKey) { add(key.bytes) }

  mutating func add(_ bytes: [UInt8]) { hash.update(bytes) }

  /// The hash so far, in hexadecimal; more can be added afterwards.
  var value: String {
    var copy = hash
    return copy.finish().prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
