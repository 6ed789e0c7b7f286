internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange

/// A run over a few of the pictures, without output: what it takes is what the whole run will take.
struct TrialRun {
  let inputs: [InputList.Input]
  let decoder: ImageDecoder
  let readsRows: Bool
  let detectors: [any Detector]
  let limits: OrderedPipeline<ReadPicture, InputResult>.Limits

  /// Times that the largest pictures are left out when there is no room for what they take.
  private static let roundLimit = 8
  /// Pictures by which each worker's memory grows last: that of smaller ones may still be there.
  private static let growthCount = 2
  /// Networks for pictures of different sizes that detectors and strategies keep, and two more: the
  /// largest picture need not be the one whose network takes the most.
  private static let sizeCount = 6
  /// Less than this, and the heaviest neighbours follow again: how reading and detecting overlap is
  /// left to chance.
  private static let shortTime = Duration.seconds(3)
  /// Pictures looked at for the time however long that takes.
  private static let leastLooks = 3
  /// After that no further sizes are tried.
  private static let longTime = Duration.seconds(30)

  /// Makes the process take the memory that the whole run would take at its peak.
  ///
  /// Each worker looks at those pictures that the run binds to it, as it keeps what they take. Then
  /// follow, through the run's own pipeline too, the largest pictures of several sizes, each behind
  /// those that come before it in the run and whose networks are still there, and the heaviest
  /// neighbours.
  func reachPeak(_ survey: PictureSurvey) throws {
    var survey = survey
    for _ in 0..<Self.roundLimit {
      // Pictures that are refused take little: the largest that are not refused count.
      guard let refused = try runHeaviest(survey).map(\.pixelCount).min(),
        let smaller = survey.leavingOut(fromPixelCount: refused)
      else { break }
      survey = smaller
    }
  }

  /// - Returns: The pictures that are beyond a limit.
  private func runHeaviest(_ survey: PictureSurvey) throws -> [PictureSurvey.Picture] {
    var refused: [PictureSurvey.Picture] = []
    let clock = ContinuousClock()
    let begun = clock.now
    let largest = survey.largestSizes(Self.sizeCount)
    let dealing = survey.dealing(workers: detectors.count)
    // One after the other: in the run they need not be neighbours.
    for picture in survey.growth(dealing, last: Self.growthCount) {
      refused += try run([picture], dealing)
    }
    for picture in largest where clock.now - begun < Self.longTime {
      let slice = survey.surroundings(of: picture, before: 3 * detectors.count, after: 1)
      refused += try run(slice, dealing)
    }
    let neighbours = survey.heaviest(
      detectors.count + limits.queued, before: detectors.count + limits.queued)
    let start = clock.now
    refused += try run(neighbours, dealing)
    if clock.now - start < Self.shortTime { refused += try run(neighbours, dealing) }
    return refused
  }

  /// - Returns: The pictures that are beyond a limit.
  private func run(
    _ pictures: ArraySlice<PictureSurvey.Picture>, _ dealing: PictureSurvey.Dealing
  ) throws -> [PictureSurvey.Picture] {
    let jobs = Array(pictures)
    let (inputs, decoder, readsRows) = (inputs, decoder, readsRows)
    let wakeup = try Wakeup()
    let pipeline = try OrderedPipeline(
      detectingBy: detectors.map { DetectionRun(trying: $0) }, jobs: 0..<jobs.count,
      limits: limits, wakeup: wakeup, shares: dealing.shares(of: jobs)
    ) { position, admit in
      ReadPicture(
        inputs[jobs[position].index], with: decoder, asRows: readsRows, isKeyed: false,
        admit: admit)
    }
    var refused: [PictureSurvey.Picture] = []
    var taken = 0
    while taken < jobs.count {
      guard let result = pipeline.take() else {
        wakeup.wait(milliseconds: 1000)
        continue
      }
      if result.record.failure?.kind == .limit { refused.append(jobs[taken]) }
      taken += 1
    }
    pipeline.join()
    return refused
  }

  /// One look at one picture.
  struct Look {
    let picture: PictureSurvey.Picture
    let decodeSeconds: Double
    let detectSeconds: Double
    let result: DetectionResult
  }

  /// All workers look at the same picture at the same time, as they would in a run: they share
  /// memory, caches and processors.
  ///
  /// - Returns: With mean times.
  /// - Throws: `Failure` when the picture cannot be decoded, or as its detections fail.
  private func look(at picture: PictureSurvey.Picture) throws -> Look {
    let found = Monitor([Result<Look, any Error>]())
    // Each detector is used by one thread.
    nonisolated(unsafe) let detectors = detectors
    let trial = UncheckedTrial(trial: self)
    let threads = try detectors.indices.dropFirst().map { index in
      try WorkerThread {
        let result = Result { try trial.trial.look(at: picture, by: detectors[index]) }
        found.access { $0.append(result) }
      }
    }
    let own = Result { try look(at: picture, by: detectors[0]) }
    for thread in threads { thread.join() }
    let looks = try found.access { try [own.get()] + $0.map { try $0.get() } }
    func mean(_ seconds: (Look) -> Double) -> Double {
      looks.reduce(0) { $0 + seconds($1) } / Double(looks.count)
    }
    return Look(
      picture: picture, decodeSeconds: mean(\.decodeSeconds), detectSeconds: mean(\.detectSeconds),
      result: looks[0].result)
  }

  /// For threads that use different detectors of it.
  private struct UncheckedTrial: @unchecked Sendable {
    let trial: TrialRun
  }

  private func look(
    at picture: PictureSurvey.Picture, by detector: any Detector
  ) throws -> Look {
    let clock = ContinuousClock()
    let start = clock.now
    let source = try PictureSource(inputs[picture.index], decoder: decoder, asRows: readsRows)
    let decoded = clock.now
    let result = try source.detections(by: detector)
    return Look(
      picture: picture, decodeSeconds: (decoded - start) / .seconds(1),
      detectSeconds: (clock.now - decoded) / .seconds(1), result: result)
  }

  /// Looks at pictures of several sizes, the middle one first.
  ///
  /// - Throws: Exit 65 when there is none that can be looked at, with the reason.
  func looks(_ survey: PictureSurvey) throws -> [Look] {
    let sorted = survey.bySize
    var looks: [Look] = []
    var reason: (any Error)?
    let clock = ContinuousClock()
    let begun = clock.now
    for place in [0.5, 0.1, 0.9, 1, 0.3, 0.7]
    where looks.count < Self.leastLooks || clock.now - begun < Self.shortTime {
      // A file may be damaged behind its header: then its neighbours, in size, are tried.
      let first = Int(place * Double(sorted.count - 1))
      for picture in sorted[first...].prefix(8) {
        do {
          looks.append(try look(at: picture))
          break
        } catch { reason = error }
      }
    }
    guard looks.isEmpty else { return looks }
    let size = sorted[sorted.count / 2].size
    let text = (reason as? Failure)?.detail ?? "\(reason.map { "\($0)" } ?? "")"
    throw CommandFailure(.refused, "a picture of \(size.width)x\(size.height): \(text)")
  }
}

extension DetectionRun {
  /// For its work only: the results go nowhere.
  fileprivate init(trying detector: any Detector) {
    self.init(
      detector: detector, modelName: "", pyramidName: "", isTimed: false, explainsStages: false,
      filter: DetectionFilter(), saver: nil)
  }
}
