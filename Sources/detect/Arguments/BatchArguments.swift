internal import ArgumentParser

/// What runs over many pictures need.
struct BatchArguments: ParsableArguments {
  /// More would only be taken by mistake.
  static let maxWorkers = 256

  @Flag(name: .shortAndLong, help: "Look for pictures in the folders' folders too.")
  var recursive = false

  @Flag(help: "Enter symbolic links to folders too, each folder once.")
  var follow = false

  @Option(help: "Take the paths listed in this file, one a line; - is standard input.")
  var filesFrom: [String] = []

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "Paths in lists end with a zero byte (find -print0), not with a line.")
  var zeroSeparated = false

  @Option(help: "Pictures in work at once, each with a copy of the model (default: 1).")
  var workers = 1

  @Option(help: "Only part i of n, as i/n with i from 0: inputs are dealt out by their paths.")
  var shard: Shard?

  @Flag(help: "Go on where an unfinished run with the same --output stopped, if there is one.")
  var resume = false

  @Flag(help: "Begin anew although --output holds results of an unfinished run.")
  var restart = false

  @Flag(help: "Exit with 0 although inputs failed; their records say why.")
  var errorsOk = false

  @Option(
    help: """
      Keep to so much memory, such as 512M or 2G: fewer pictures wait, the windows of --pyramid tiles \
      become smaller, larger pictures are refused.
      """)
  var maxMemory: ByteCountArgument?

  @Option(help: "A JSON file with values for flags, such as {\"conf\": 0.4, \"recursive\": true}.")
  var config: String?

  @Flag(name: .shortAndLong, help: "No progress and no notes on what is skipped, only errors.")
  var quiet = false

  func validate() throws {
    guard (1...Self.maxWorkers).contains(workers) else {
      throw ValidationError("--workers is between 1 and \(Self.maxWorkers)")
    }
    if resume && restart { throw ValidationError("--resume and --restart exclude each other") }
  }

  var lists: [PathList] {
    filesFrom.map { name in
      PathList(
        source: name == "-" ? .standardInput : .file(RawArguments.path(for: name)),
        separator: zeroSeparated ? .zero : .newline)
    }
  }

  /// Flags that do not change what a run's results are. A limit on memory decides which pictures are
  /// refused.
  static let withoutInfluence: Set<String> = [
    "recursive", "follow", "files-from", "null", "workers", "threads", "shard", "resume",
    "restart", "errors-ok", "quiet", "output", "model", "weights", "config", "help",
  ]
}
