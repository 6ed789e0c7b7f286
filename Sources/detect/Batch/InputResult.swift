internal import Imaging
internal import Interchange

/// An input as the first stage of a run hands it on.
struct ReadPicture: Sendable {
  let input: InputList.Input
  let key: InputKey?
  let picture: Result<PictureSource, Failure>
  /// Spent on reading and decoding.
  let milliseconds: Double

  /// - Parameters:
  ///   - asRows: Whether the picture is only opened, to be read row by row.
  ///   - isKeyed: Whether the run can be resumed and so has to know its inputs again.
  ///   - admit: Called with the memory that the picture takes, before it takes it.
  init(
    _ input: InputList.Input, with decoder: ImageDecoder, asRows: Bool, isKeyed: Bool,
    admit: (Demand) -> Void = { _ in }
  ) {
    self.input = input
    // Taken before the file is read: a later change is then seen as one.
    key = isKeyed ? InputKey(input.path) : nil
    let clock = ContinuousClock()
    let start = clock.now
    var waiting = Duration.zero
    let timedAdmit = { (demand: Demand) in
      let asked = clock.now
      admit(demand)
      waiting = clock.now - asked
    }
    do throws(Failure) {
      if let reason = input.listingFailure { throw Failure(.io, reason.lowercased()) }
      picture = .success(
        try PictureSource(input, decoder: decoder, asRows: asRows, admit: timedAdmit))
    } catch {
      picture = .failure(error)
    }
    milliseconds = (clock.now - start - waiting) / .milliseconds(1)
  }

  /// Whether there is no file whose content could be looked at.
  var isUnreadable: Bool {
    guard case .failure(let failure) = picture, failure.kind == .io else { return false }
    return FileStatus(input.path)?.kind != .other
  }
}

/// What became of one input.
struct InputResult: Sendable {
  let key: InputKey?
  var record: Record
  /// The file could not even be opened or read.
  var isUnreadable = false
  /// Why the whole run cannot go on.
  var fatal: CommandFailure?

  init(key: InputKey?, record: Record) {
    self.key = key
    self.record = record
  }

  /// Makes it the record of a failed input.
  mutating func fail(_ failure: Failure, isUnreadable: Bool) {
    record.outcome = .failure(failure)
    record.timing = nil
    record.stages = nil
    self.isUnreadable = isUnreadable
  }
}
