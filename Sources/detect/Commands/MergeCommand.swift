internal import ArgumentParser
internal import Interchange

/// `detect merge PART…`: joins the results of the parts of a run.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Join the results of runs with --shard.",
    discussion: """
      Parts are JSON lines. Beside each there is its .state, which says what part of which run it \
      is; all parts must be there, complete, and of one run. Without it --files-from must list the \
      inputs. No input may be missing or have two records. Records come out in byte order of their \
      paths.
      """)

  @Argument(help: "Results of the parts.")
  var parts: [String]

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Option(help: "A list of the inputs that must be there, one a line; - is standard input.")
  var filesFrom: String?

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "Paths in the list end with a zero byte, not with a line.")
  var zeroSeparated = false

  private struct Entry {
    let path: InputPath
    let part: Int
    let line: RecordFile.Line
  }

  func run() throws {
    let target = RawArguments.path(for: output)
    let places = Resumption.Places(output: target, isFolder: false)
    let lock = try OutputLock(places.lock, guarding: target)
    defer { withExtendedLifetime(lock) {} }
    let expected = try filesFrom.map { name in
      try PathList(
        source: name == "-" ? .standardInput : .file(RawArguments.path(for: name)),
        separator: zeroSeparated ? .zero : .newline
      ).paths()
    }
    let files = try parts.map { try RecordFile(RawArguments.path(for: $0)) }
    var entries: [Entry] = []
    var counts: [Int] = []
    for (part, file) in files.enumerated() {
      let before = entries.count
      try file.visit { record, line in
        entries.append(Entry(path: InputPath(bytes: record.path), part: part, line: line))
      }
      counts.append(entries.count - before)
    }
    let claims = try ShardClaims(files.map(\.path), counts: counts, isRequired: expected == nil)
    entries.sort { $0.path < $1.path }
    try check(entries, files, expected: expected)
    if let claims { try claims.check(entries.map(\.path)) }
    try write(entries, files, to: target)
  }

  private func check(
    _ entries: [Entry], _ files: [RecordFile], expected: [InputPath]?
  ) throws {
    for (first, second) in zip(entries, entries.dropFirst()) where first.path == second.path {
      throw CommandFailure(
        .refused,
        "\(first.path.shown): two records, in \(files[first.part].path.shown) and "
          + files[second.part].path.shown)
    }
    guard let expected else { return }
    let wanted = Set(expected)
    let found = Set(entries.map(\.path))
    if let missing = wanted.subtracting(found).min() {
      throw CommandFailure(
        .refused, "\(missing.shown): no record (\(wanted.subtracting(found).count) missing)")
    }
    if let extra = found.subtracting(wanted).min() {
      throw CommandFailure(.refused, "\(extra.shown): not in the list of inputs")
    }
  }

  private func write(_ entries: [Entry], _ files: [RecordFile], to target: InputPath) throws {
    let file = try ResultFile(target, keeping: 0)
    do {
      var pending: [UInt8] = []
      for entry in entries {
        pending += try files[entry.part].bytes(entry.line) + [UInt8(ascii: "\n")]
        if pending.count > 1 << 20 {
          try file.write(pending)
          pending = []
        }
      }
      try file.write(pending)
      try file.finish()
    } catch let error as Descriptor.Failure {
      file.discard()
      throw CommandFailure(.outputFailed, "\(target.shown): \(error.reason)")
    }
  }
}

/// What the states beside the parts of a run say about them.
private struct ShardClaims {
  private let inputCount: Int
  private let inputHash: String

  /// - Parameter isRequired: Whether parts without a state are refused.
  /// - Returns: `nil` when no part has a state and none is required.
  /// - Throws: Exit 65 when the parts are not all the parts of one complete run.
  init?(_ paths: [InputPath], counts: [Int], isRequired: Bool) throws {
    var first: RunIdentity?
    var seen: [Int: InputPath] = [:]
    var partCount = 0
    var (inputCount, inputHash) = (0, "")
    for (path, count) in zip(paths, counts) {
      let refuse = { (reason: String) in CommandFailure(.refused, "\(path.shown): \(reason)") }
      let places = Resumption.Places(output: path, isFolder: false)
      guard let remains = Journal.Remains(places.journal) else {
        guard isRequired else { return nil }
        throw refuse("no \(places.journal.shown) says what part it is; see --files-from")
      }
      guard let words = remains.identity.shard?.split(separator: " "), words.count == 5,
        let shard = Shard(argument: String(words[0])), let total = Int(words[2])
      else { throw refuse("is not a part: the run had no --shard") }
      guard let last = remains.checkpoints.last?.checkpoint, last.isComplete else {
        throw refuse("the run did not finish; --resume goes on with it")
      }
      guard last.done == count else {
        throw refuse("has \(count) records, its run wrote \(last.done)")
      }
      if let other = seen.updateValue(path, forKey: shard.index) {
        throw refuse("is part \(shard.text), as \(other.shown) is")
      }
      var identity = remains.identity
      identity.shard = nil
      if let first {
        if let difference = identity.difference(from: first) {
          throw refuse("is of another run: \(difference)")
        }
        guard shard.count == partCount, total == inputCount, words[4] == inputHash else {
          throw refuse("is of another run: part \(shard.text) of \(total) inputs")
        }
      }
      first = identity
      (partCount, inputCount, inputHash) = (shard.count, total, String(words[4]))
    }
    if let missing = (0..<partCount).first(where: { seen[$0] == nil }) {
      throw CommandFailure(
        .refused, "part \(missing)/\(partCount) is missing (\(seen.count) of \(partCount) given)")
    }
    self.inputCount = inputCount
    self.inputHash = inputHash
  }

  /// - Parameter paths: Of all records, in byte order.
  func check(_ paths: [InputPath]) throws {
    guard paths.count == inputCount else {
      throw CommandFailure(.refused, "\(paths.count) records of \(inputCount) inputs")
    }
    guard Shard.Whole(paths).hash == inputHash else {
      throw CommandFailure(.refused, "the records are of other inputs than the run's")
    }
  }
}
