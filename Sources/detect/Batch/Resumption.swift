/// How a run that writes to a file begins: anew, or where another one stopped.
struct Resumption {
  enum Mode { case begin, resume, restart }

  /// Where the parts of a run's output are.
  struct Places {
    let output: InputPath
    let journal: InputPath
    let lock: InputPath
    /// `nil` where each input has a file of its own.
    let partial: InputPath?

    /// - Parameter isFolder: The output is a folder with a file per input.
    init(output: InputPath, isFolder: Bool) {
      let beside = { (suffix: String) in InputPath(bytes: output.bytes + Array(suffix.utf8)) }
      self.output = output
      if isFolder {
        journal = output.appending(Array(".detect.state".utf8))
        lock = output.appending(Array(".detect.lock".utf8))
        partial = nil
      } else {
        journal = beside(".state")
        lock = beside(".lock")
        partial = ResultFile.partialPath(of: output)
      }
    }
  }

  let journal: Journal
  let checkpoint: Checkpoint
  let hash: InputHash
  /// Everything is done and in its place.
  let isComplete: Bool

  /// - Throws: Exit 65 when the unfinished run was another one, 73 when there is one and nobody
  ///   said what to do with it, or when the journal cannot be made.
  init(
    _ places: Places, identity: RunIdentity, inputs: [InputList.Input], mode: Mode
  ) throws {
    let partialCount = places.partial.map { FileStatus($0)?.byteCount ?? -1 } ?? Int.max
    let remains = Journal.Remains(places.journal)
    let hasResults =
      partialCount > 0 && remains?.checkpoints.last.map { $0.checkpoint.done > 0 } == true
    let shown = (places.partial ?? places.journal).shown
    if mode == .begin && hasResults && remains?.checkpoints.last?.checkpoint.isComplete != true {
      throw CommandFailure(
        .cannotCreate,
        """
        \(shown) is of a run that did not finish: --resume goes on with it, --restart begins anew
        """)
    }
    guard mode == .resume, partialCount > 0 || remains != nil else {
      journal = try Journal(places.journal, identity: identity)
      checkpoint = Checkpoint()
      hash = InputHash()
      isComplete = false
      return
    }
    guard let remains else {
      throw CommandFailure(
        .refused, "\(shown): \(places.journal.shown) does not say what run it is of; see --restart")
    }
    if let difference = identity.difference(from: remains.identity) {
      throw CommandFailure(.refused, "\(difference); --restart begins anew")
    }
    let point = Self.lastPoint(
      remains, inputs: inputs, partialCount: partialCount, places: places)
    checkpoint = point.checkpoint
    hash = point.hash
    isComplete = point.checkpoint.isComplete
    journal = try Journal(places.journal, keeping: point.end)
  }

  private struct Point {
    var checkpoint = Checkpoint()
    var hash = InputHash()
    var end: Int
  }

  /// The last checkpoint whose results are there and whose inputs are still the same.
  private static func lastPoint(
    _ remains: Journal.Remains, inputs: [InputList.Input], partialCount: Int, places: Places
  ) -> Point {
    var best = Point(end: remains.headerEnd)
    var hash = InputHash()
    var done = 0
    for (checkpoint, end) in remains.checkpoints {
      guard checkpoint.done >= done, checkpoint.done <= inputs.count else { break }
      while done < checkpoint.done {
        hash.add(InputKey(inputs[done].path))
        done += 1
      }
      guard hash.value == checkpoint.inputs else { break }
      if checkpoint.isComplete {
        // The end was written; what is left is to see whether the file took its name.
        let isInPlace =
          places.partial == nil
          || partialCount < 0 && FileStatus(places.output)?.byteCount == checkpoint.byteCount
        if isInPlace && done == inputs.count {
          return Point(checkpoint: checkpoint, hash: hash, end: end)
        }
      } else if checkpoint.byteCount <= partialCount {
        best = Point(checkpoint: checkpoint, hash: hash, end: end)
      }
    }
    return best
  }
}
