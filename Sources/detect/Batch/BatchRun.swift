internal import Imaging
internal import Interchange

/// A run over all inputs. Reading, detecting and writing overlap; records come out in the order of
/// the inputs, each once.
struct BatchRun {
  let inputs: [InputList.Input]
  let decoder: ImageDecoder
  /// Whether pictures are read row by row, where their files allow it.
  let readsRows: Bool
  /// One for each worker thread.
  let workers: [DetectionRun]
  let limits: OrderedPipeline<ReadPicture, InputResult>.Limits
  var sink: any RecordSink
  /// `nil` where the results cannot be continued: standard output, a device.
  let journal: Journal?
  /// Where to go on; hash and numbers of what is done.
  var checkpoint = Checkpoint()
  var hash = InputHash()
  var progress: Progress

  /// Records and seconds after which results are brought to disk.
  private static let recordsBetweenCheckpoints = 1000
  private static let timeBetweenCheckpoints = Duration.seconds(1)

  private var checkpointDone = 0
  private var checkpointTime = ContinuousClock().now

  init(
    inputs: [InputList.Input], decoder: ImageDecoder, readsRows: Bool, workers: [DetectionRun],
    limits: OrderedPipeline<ReadPicture, InputResult>.Limits, sink: any RecordSink,
    journal: Journal?, progress: Progress
  ) {
    self.inputs = inputs
    self.decoder = decoder
    self.readsRows = readsRows
    self.workers = workers
    self.limits = limits
    self.sink = sink
    self.journal = journal
    self.progress = progress
  }

  /// - Returns: How the program is to end. After a stop by a signal threads may still be at work.
  /// - Throws: `CommandFailure` when a result cannot be written.
  mutating func process() throws -> ExitStatus {
    let wakeup = try Wakeup()
    let pipeline = try startPipeline(wakeup)
    checkpointDone = checkpoint.done
    progress.begin(at: checkpoint.done, failed: checkpoint.failed)
    do {
      while checkpoint.done < inputs.count {
        if let status = StopSignal.status {
          pipeline.stop()
          try finishEarly(pipeline)
          return status
        }
        guard let result = pipeline.take() else {
          try checkpointIfDue()
          wakeup.wait(milliseconds: progress.isShown ? 250 : 1000)
          progress.update(done: checkpoint.done, failed: checkpoint.failed)
          continue
        }
        try write(result)
        progress.update(done: checkpoint.done, failed: checkpoint.failed)
        try checkpointIfDue()
      }
      pipeline.join()
      try finish()
    } catch let error as Descriptor.Failure {
      pipeline.stop()
      progress.end()
      // After a failed fsync the next one may claim what is not so.
      if error.call == "write" { try? makeCheckpoint() }
      throw failure(error)
    } catch {
      pipeline.stop()
      progress.end()
      try? makeCheckpoint()
      throw error
    }
    progress.end()
    return checkpoint.status(of: inputs.count)
  }

  private func startPipeline(
    _ wakeup: Wakeup
  ) throws -> OrderedPipeline<ReadPicture, InputResult> {
    let (inputs, decoder, readsRows, isKeyed) = (inputs, decoder, readsRows, journal != nil)
    return try OrderedPipeline(
      detectingBy: workers, jobs: checkpoint.done..<inputs.count, limits: limits, wakeup: wakeup
    ) { index, admit in
      ReadPicture(
        inputs[index], with: decoder, asRows: readsRows, isKeyed: isKeyed, admit: admit)
    }
  }

  private mutating func write(_ result: InputResult) throws {
    if let fatal = result.fatal { throw fatal }
    var result = result
    do {
      try sink.write(result.record, index: checkpoint.done)
    } catch let failure as Failure {
      result.fail(failure, isUnreadable: false)
      try sink.write(result.record, index: checkpoint.done)
    }
    if let failure = result.record.failure {
      checkpoint.failed += 1
      if result.isUnreadable { checkpoint.unreadable += 1 }
      progress.message("\(inputs[checkpoint.done].path.shown): \(failure.detail)")
    }
    if let key = result.key { hash.add(key) }
    checkpoint.done += 1
  }

  private mutating func checkpointIfDue() throws(Descriptor.Failure) {
    guard journal != nil, checkpoint.done > checkpointDone else { return }
    let isDue =
      checkpoint.done - checkpointDone >= Self.recordsBetweenCheckpoints
      || ContinuousClock().now - checkpointTime >= Self.timeBetweenCheckpoints
    if isDue { try makeCheckpoint() }
  }

  private mutating func makeCheckpoint() throws(Descriptor.Failure) {
    guard let journal else { return }
    checkpoint.byteCount = try sink.synchronize()
    checkpoint.inputs = hash.value
    try journal.append(checkpoint)
    checkpointDone = checkpoint.done
    checkpointTime = ContinuousClock().now
  }

  /// Ends a complete run: what a death at any point leaves can be continued or is whole.
  private mutating func finish() throws {
    if checkpoint.done > checkpointDone { try makeCheckpoint() }
    try sink.complete()
    if let journal {
      var last = checkpoint
      last.byteCount = try sink.synchronize()
      last.inputs = hash.value
      last.isComplete = true
      try journal.append(last)
    }
    try sink.publish()
  }

  /// Writes what is ready when a signal has come.
  private mutating func finishEarly(
    _ pipeline: OrderedPipeline<ReadPicture, InputResult>
  ) throws {
    while let result = pipeline.take() { try write(result) }
    try makeCheckpoint()
    progress.end()
    let hint = journal == nil ? "" : "; rerun with --resume"
    progress.message("stopped, \(checkpoint.done) of \(inputs.count) done\(hint)")
  }

  private func failure(_ error: Descriptor.Failure) -> CommandFailure {
    if error.isReaderGone { return CommandFailure(.readerGone, nil) }
    guard let path = sink.unfinishedPath else {
      let hint = journal == nil ? "" : "; \(checkpoint.done) results safe; rerun with --resume"
      return CommandFailure(.outputFailed, error.reason + hint)
    }
    return CommandFailure(
      .outputFailed,
      "\(error.reason); \(checkpoint.done) results safe in \(path.shown); rerun with --resume")
  }
}

extension OrderedPipeline<ReadPicture, InputResult> {
  /// Reads pictures and detects in them, each of the workers on a thread of its own.
  ///
  /// - Parameter shares: Where it was decided before which worker looks at which picture.
  /// - Throws: Exit 70 when no threads can be had.
  convenience init(
    detectingBy workers: [DetectionRun], jobs: Range<Int>, limits: Limits, wakeup: Wakeup,
    shares: WorkerShares? = nil,
    read: @escaping @Sendable (Int, (Demand) -> Void) -> ReadPicture
  ) throws {
    try self.init(
      jobs: jobs, limits: limits, wakeup: wakeup,
      shares: shares ?? WorkerShares(workers: workers.count), prepare: read,
      processors: workers.map { worker in
        // Each detector is used by its own thread only.
        let worker = SingleThreaded(worker)
        return { index, picture in worker.value.result(of: picture, index: index) }
      })
  }
}

/// A value that is handed to one thread and used by no other.
struct SingleThreaded<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
