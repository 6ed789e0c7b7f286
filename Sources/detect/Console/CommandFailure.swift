/// The program's exit codes.
enum ExitStatus: Int32 {
  case success = 0
  /// Finished, but at least one input failed; each has a record.
  case someInputFailed = 1
  case usage = 64
  /// Model, tensor, manifest or annotations file refused.
  case refused = 65
  case noInput = 66
  case `internal` = 70
  /// An output cannot be created or is in use.
  case cannotCreate = 73
  /// Writing an output failed.
  case outputFailed = 74
  case interrupted = 130
  case readerGone = 141
  case terminated = 143
}

/// Why a command ends early: one line for standard error and an exit code.
struct CommandFailure: Error {
  var status: ExitStatus
  /// `nil` where the code says everything (the reader of standard output has gone).
  var message: String?

  init(_ status: ExitStatus, _ message: String?) {
    self.status = status
    self.message = message
  }
}
