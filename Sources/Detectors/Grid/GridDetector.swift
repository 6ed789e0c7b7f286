package import Geometry
package import Imaging
package import Neural

/// A detector of any grid family: a network, how pictures go in and how boxes come out.
package final class GridDetector: SinglePassDetector {
  package let summary: DetectorSummary
  package let network: Network
  package let plan: GridPlan
  package let preprocessing: Preprocessing
  let suppression: Suppression
  let wantedClasses: Set<Int32>?
  package let clipsToPicture: Bool
  /// What other input sizes are compiled from, where it was kept.
  let source: GridSource?
  /// Networks and plans of other sizes.
  var sizes: GridSizes

  /// - Parameters:
  ///   - network: One Float32 input `[1, 3, height, width]`; outputs as the plan says.
  ///   - classNames: One per class of the plan.
  ///   - manifest: Thresholds for what the options leave open.
  ///   - source: For runs at other input sizes.
  /// - Throws: `DetectorError.unknownClass`, `.invalidOption`.
  init(
    network: Network, plan: GridPlan, preprocessing: Preprocessing, inputSize: Size,
    classNames: [String], defaultOverlapThreshold: Double, manifest: ModelManifest?,
    options: DetectorOptions, source: GridSource?
  ) throws {
    let scoreThreshold =
      options.scoreThreshold ?? manifest?.scoreThreshold ?? DetectorOptions.defaultScoreThreshold
    let overlapThreshold =
      options.overlapThreshold ?? manifest?.overlapThreshold ?? defaultOverlapThreshold
    let maxDetections =
      options.maxDetections ?? manifest?.maxDetections ?? DetectorOptions.defaultMaxDetections
    guard (0...1).contains(scoreThreshold), (0...1).contains(overlapThreshold), maxDetections >= 0
    else {
      throw DetectorError.invalidOption(
        "thresholds must be in 0...1 and the number of detections not negative")
    }
    let limit = maxDetections == 0 ? nil : maxDetections
    wantedClasses = try options.classFilter.map { filter in
      try Set(
        filter.map { query in
          guard let index = ClassNames.index(of: query, in: classNames) else {
            throw DetectorError.unknownClass(query)
          }
          return Int32(index)
        })
    }
    var suppression = Suppression(
      overlapThreshold: overlapThreshold,
      isClassAgnostic: options.isSuppressionClassAgnostic, preLimit: DetectorOptions.preLimit,
      maxDetections: limit)
    suppression.classGroups = try ClassNames.groups(options.suppressionGroups, in: classNames)
    self.suppression = suppression
    summary = DetectorSummary(
      family: plan.family.rawValue, classNames: classNames, inputSize: inputSize,
      scoreThreshold: scoreThreshold, overlapThreshold: overlapThreshold, maxDetections: limit,
      multiplyAdds: network.multiplyAdds, instructionSet: network.instructionSet.rawValue)
    self.network = network
    self.plan = plan
    self.preprocessing = preprocessing
    clipsToPicture = options.clipsToPicture
    self.source = source
    sizes = GridSizes(
      options: options.execution,
      workers: network.workers)
  }

  package func preprocess(_ image: Image) throws -> Letterbox {
    network.withInput(0) { preprocessing.fill($0, canvas: summary.inputSize, from: image) }
  }

  package func infer() throws { try network.run() }

  package func decode(_ view: Letterbox, sourceSize: Size) throws -> [Detection] {
    detections(try candidates(), view, sourceSize: sourceSize)
  }

  /// What suppression leaves, in source pixels.
  func detections(
    _ candidates: Candidates, _ view: Letterbox, sourceSize: Size
  ) -> [Detection] {
    let kept = suppression.keptIndices(candidates)
    let detections = candidates.detections(at: kept, through: view.map.inverse)
    guard clipsToPicture else { return detections }
    return detections.compactMap { detection in
      var clipped = detection
      clipped.box = detection.box.clipped(to: sourceSize)
      return clipped.box.isValid ? clipped : nil
    }
  }

  /// Every wanted (box, class) pair over the threshold in the network's last outputs, before
  /// suppression.
  ///
  /// - Returns: Boxes in network-input pixels.
  /// - Throws: `DetectorError.nonFiniteOutput`.
  package func candidates() throws -> Candidates { try candidates(of: network, plan) }

  /// As `candidates()`, of a network for another input size.
  func candidates(of network: Network, _ plan: GridPlan) throws -> Candidates {
    var candidates = try candidates(
      of: network, plan, scoreThreshold: Float(summary.scoreThreshold))
    if let wantedClasses {
      candidates.entries.removeAll { !wantedClasses.contains($0.classID) }
    }
    return candidates
  }

  /// Every (box, class) pair over a threshold, wanted or not.
  func candidates(
    of network: Network, _ plan: GridPlan, scoreThreshold: Float
  ) throws -> Candidates {
    var candidates = Candidates()
    for head in plan.heads {
      try withOutputs(head.outputs, of: network) { tensors in
        for (output, tensor) in zip(head.outputs, tensors) {
          if let index = firstNonFinite(tensor) {
            throw DetectorError.nonFiniteOutput(name: network.outputs[output].name, index: index)
          }
        }
        head.decoder.decode(tensors, scoreThreshold: scoreThreshold, into: &candidates)
      }
    }
    return candidates
  }

  /// Several outputs at once. The recursion is as deep as there are outputs in a head.
  func withOutputs(
    _ indices: [Int], of network: Network, _ tensors: [UnsafeBufferPointer<Float>] = [],
    _ body: ([UnsafeBufferPointer<Float>]) throws -> Void
  ) throws {
    guard tensors.count < indices.count else { return try body(tensors) }
    try network.withOutput(indices[tensors.count]) {
      try withOutputs(indices, of: network, tensors + [$0], body)
    }
  }
}

/// The index of the first NaN or infinity.
///
/// - Complexity: O(count), without a branch per element where all are finite.
package func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
  let infinity = Float.infinity.bitPattern
  var largest: UInt32 = 0
  for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
  guard largest >= infinity else { return nil }
  return values.firstIndex { !$0.isFinite }
}
