internal import Detectors
internal import Evaluation
internal import Geometry
internal import Imaging

/// A strategy under comparison, with what its runs have given so far.
struct Contender {
  let name: String
  private let detector: any Detector
  /// Per class of the model that of the evaluation.
  let classes: [Int?]

  /// Per picture; empty for pictures that failed.
  private(set) var found: [[ScoredPicture.Found]] = []
  /// Per picture that did not fail, in milliseconds: of the run whose total is the median.
  private(set) var times: [StageTimes] = []
  private(set) var multiplyAdds = 0
  private(set) var pixelCount = 0
  private(set) var passCount = 0
  /// Bytes that its detector and its work have added to the process at most.
  private(set) var memoryPeak: Int?
  private var memoryKept = 0

  /// - Parameter memoryBefore: Resident before its detector was made.
  init(name: String, detector: any Detector, classes: [Int?], memoryBefore: Int?) {
    self.name = name
    self.detector = detector
    self.classes = classes
    if let memoryBefore, let now = MemoryPeak.resident { memoryKept = max(0, now - memoryBefore) }
  }

  var totals: [Double] { times.map { $0.preprocess + $0.inference + $0.postprocess } }

  /// One run over one picture that counts for its memory only: makes plans and fills caches.
  mutating func warmUp(_ image: Image) throws { _ = try run(image) }

  /// - Returns: What a run over a picture gave.
  mutating func run(_ image: Image) throws -> DetectionResult {
    MemoryPeak.reset()
    let before = MemoryPeak.resident
    let result = try detector.detect(image)
    if let before, let after = MemoryPeak.resident, let peak = MemoryPeak.peak {
      memoryPeak = max(memoryPeak ?? 0, memoryKept + max(0, peak - before))
      memoryKept += max(0, after - before)
    }
    return result
  }

  /// Takes the runs over one picture.
  mutating func add(_ runs: [DetectionResult], of image: Image) {
    let totals = runs.map { $0.stages.preprocess + $0.stages.inference + $0.stages.postprocess }
    let order = totals.indices.sorted { totals[$0] < totals[$1] }
    let result = runs[order[order.count / 2]]
    times.append(result.stages)
    found.append(ScoredPicture.found(result.detections, classes: classes))
    multiplyAdds +=
      result.pyramid?.multiplyAdds ?? result.cascade?.multiplyAdds ?? detector.summary.multiplyAdds
    let input = detector.summary.inputSize
    let pixels = input.width > 0 ? input : image.size
    pixelCount +=
      result.pyramid?.pixelCount ?? result.cascade?.pixelCount ?? pixels.width * pixels.height
    passCount += result.pyramid?.passes.count ?? 1
  }

  /// Takes a picture that failed.
  mutating func addFailure() { found.append([]) }
}
