/// A way of making one detection out of several of the same object, from one pass over a picture
/// or from many (levels of a pyramid, tiles, mirrored copies, other models).
///
/// Order of the steps: boxes that are not finite or have no area, and scores that are not finite,
/// are dropped; then scores at or below `scoreThreshold`; then all but the `preLimit` surest; then
/// merging; then all but the `maxDetections` surest. Equal scores go by the lower index, in the
/// order of looking and in the order of the results.
package struct Merging: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Every detection stays.
    case none
    /// Greedy non-maximum suppression: the surest box removes those that overlap it by more than
    /// the threshold. DIoU-NMS by the measure `.distanceIoU` (arXiv:1911.08287).
    case suppression = "nms"
    /// Soft-NMS (Bodla et al. 2017, arXiv:1704.04503): the score of a box that overlaps a surer one
    /// by more than the threshold is multiplied by `1 - overlap`.
    case softLinear = "soft-linear"
    /// Soft-NMS: the score is multiplied by `exp(-overlap^2 / sigma)`.
    case softGaussian = "soft-gaussian"
    /// Matrix NMS (Wang et al. 2020, SOLOv2, arXiv:2003.10152): as linear soft-NMS in one step, by
    /// the surer box that decays most, less so where that box is itself overlapped.
    case matrixLinear = "matrix-linear"
    /// Matrix NMS with `exp(-overlap^2 / sigma)`.
    case matrixGaussian = "matrix-gaussian"
    /// Suppression, then every box that stays becomes the score-weighted mean of all boxes that
    /// overlap it by at least the threshold (Gidaris and Komodakis 2015, arXiv:1505.01749).
    case voting
    /// Weighted boxes fusion (Solovyev, Wang and Gabruseva 2019, arXiv:1910.13302).
    case weightedFusion = "wbf"
    /// Non-maximum merging as SAHI does: boxes that overlap by at least the threshold, also in
    /// chains of surer to less sure, become their hull.
    case nonMaximumMerging = "nmm"
    /// As `nonMaximumMerging` without chains: only boxes that overlap the surest one itself.
    case greedyNonMaximumMerging = "greedy-nmm"
  }

  /// The score of a fused box.
  package enum FusedScore: Hashable, Sendable {
    /// Rescaled by how many of the sources have seen the object, as published.
    case mean
    /// Not rescaled, as in the authors' package.
    case maximum
  }

  package var kind: Kind
  package var measure: OverlapMeasure
  /// Unused by `.none`, `.softGaussian` and `.matrix…`.
  package var threshold: Double
  /// For suppression and linear soft-NMS: whether an overlap equal to the threshold counts.
  package var boundary = OverlapBoundary.greaterThan
  /// Whether detections of different classes merge.
  package var isClassAgnostic: Bool
  /// As `Suppression.classGroups`.
  package var classGroups: [Int: Int] = [:]
  /// For `.softGaussian` and `.matrixGaussian`. Positive. Matrix NMS's paper writes
  /// `exp(-2 overlap^2)`, which is 0.5 here.
  package var sigma = 0.5
  /// Detections whose score decays below it are dropped.
  package var minimumScore = 0.001
  /// For `.weightedFusion`.
  package var fusedScore = FusedScore.mean
  /// For `.weightedFusion` with mean scores: how many models (or passes) could have seen each object. `nil` counts
  /// the sources given.
  package var sourceCount: Int?
  /// Scores at or below it are dropped; `nil` keeps all finite scores.
  package var scoreThreshold: Double?
  /// The number of surest detections that take part; `nil` for all.
  package var preLimit: Int?
  /// The number of results at most; `nil` for all.
  package var maxDetections: Int?

  /// - Parameters:
  ///   - measure: The kind's own when left out.
  ///   - threshold: The kind's own when left out. In `[0, 1]`.
  package init(
    _ kind: Kind, measure: OverlapMeasure? = nil, threshold: Double? = nil,
    isClassAgnostic: Bool = false, maxDetections: Int? = nil
  ) {
    self.kind = kind
    self.measure = measure ?? kind.defaultMeasure
    self.threshold = threshold ?? kind.defaultThreshold ?? 0
    self.isClassAgnostic = isClassAgnostic
    self.maxDetections = maxDetections
  }

  /// Merges the detections of one picture.
  ///
  /// - Parameters:
  ///   - detections: In one frame, in any order.
  ///   - sources: The model, level or tile of each, for `sourceCount`; may be empty.
  /// - Returns: Surest first.
  /// - Precondition: One source per detection, or none.
  /// - Complexity: O(n log n) plus the pairs of detections of one class that (nearly) reach the
  ///   overlap that matters: the threshold, or any common area for `.softGaussian`, `.matrix…` and
  ///   the measure `.intersectionOverMinimum`. Pairs with a detection that is removed already do
  ///   not count. The worst case, all boxes overlapping and none removed, is O(n^2). Memory O(n).
  package func apply(to detections: [Detection], sources: [Int] = []) -> Merged {
    precondition(sources.isEmpty || sources.count == detections.count, "one source per detection")
    var merged = Merged(inputCount: detections.count)
    let order = usable(detections, &merged)
    switch kind {
    case .none: for index in order { merged.keep(index, as: detections[index]) }
    case .suppression: suppress(detections, order, into: &merged)
    case .softLinear, .softGaussian: soften(detections, order, into: &merged)
    case .matrixLinear, .matrixGaussian: decayByMatrix(detections, order, into: &merged)
    case .voting: vote(detections, order, into: &merged)
    case .weightedFusion: fuse(detections, order, sources: sources, into: &merged)
    case .nonMaximumMerging, .greedyNonMaximumMerging: hull(detections, order, into: &merged)
    }
    merged.finish(maxDetections: maxDetections)
    return merged
  }

  /// The indices of the detections that take part, surest first.
  private func usable(_ detections: [Detection], _ merged: inout Merged) -> [Int] {
    let weighs = kind == .voting || kind == .weightedFusion
    let least = weighs ? max(scoreThreshold ?? 0, 0) : scoreThreshold ?? -.infinity
    for (index, detection) in detections.enumerated() {
      if !detection.score.isFinite || !detection.box.isValid {
        merged.fates[index].outcome = .invalid
      } else if detection.score <= least {
        merged.fates[index].outcome = .belowScoreThreshold
      } else {
        merged.fates[index].outcome = .beyondPreLimit
      }
    }
    return ScoreOrder.indices(
      count: detections.count, box: { detections[$0].box }, score: { detections[$0].score },
      threshold: least, limit: preLimit)
  }

  @inline(__always)
  func group(_ detection: Detection) -> Int {
    isClassAgnostic ? 0 : classGroups[detection.classID] ?? detection.classID
  }
}

extension Merging.Kind {
  /// The measure of the kind's paper or program.
  package var defaultMeasure: OverlapMeasure {
    switch self {
    case .nonMaximumMerging, .greedyNonMaximumMerging: .intersectionOverMinimum
    default: .intersectionOverUnion
    }
  }

  /// The threshold of the kind's paper or program; `nil` where it has none.
  package var defaultThreshold: Double? {
    switch self {
    case .none, .softGaussian, .matrixLinear, .matrixGaussian: nil
    case .softLinear: 0.3
    case .suppression, .voting, .nonMaximumMerging, .greedyNonMaximumMerging: 0.5
    case .weightedFusion: 0.55
    }
  }

  /// Whether a detection's score falls by every surer one that it touches, so that detections which
  /// all overlap take time by their square.
  package var rescoresAllOverlaps: Bool {
    usesSigma || self == .matrixLinear || self == .softLinear
  }

  /// Whether scores fall by `exp(-overlap^2 / sigma)`.
  package var usesSigma: Bool { self == .softGaussian || self == .matrixGaussian }
}
