package import Geometry
package import Imaging

/// What one run of a dense network over one picture gave.
package struct DensePass: Sendable {
  /// In source pixels after the detector's own suppression, surest first.
  package var detections: [Detection]
  /// Per detection the head that found it; empty where that was not asked for.
  package var heads: [Int]
  package var stages: StageTimes
  package var inputSize: Size
  package var multiplyAdds: Int
  /// Of the networks' inputs.
  package var pixelCount: Int

  /// - Parameter pixelCount: `nil` for those of one input.
  package init(
    detections: [Detection], heads: [Int], stages: StageTimes, inputSize: Size, multiplyAdds: Int,
    pixelCount: Int? = nil
  ) {
    self.detections = detections
    self.heads = heads
    self.stages = stages
    self.inputSize = inputSize
    self.multiplyAdds = multiplyAdds
    self.pixelCount = pixelCount ?? inputSize.width * inputSize.height
  }
}

extension DenseDetector {
  /// One pass over a picture, reading only some heads.
  ///
  /// - Parameters:
  ///   - heads: Indices of the heads that speak.
  ///   - resampling: Instead of the family's own.
  ///   - scoreThreshold: Instead of the detector's own.
  /// - Throws: `GraphError`, `DetectorError`.
  package func pass(
    _ image: Image, inputSize: Size, heads: Set<Int>, resampling: InputResampling? = nil,
    scoreThreshold: Double? = nil
  ) throws -> DensePass {
    var stages = StageTimes()
    let clock = ContinuousClock()
    let network = try network(for: inputSize)
    let start = clock.now
    let letterbox = network.withInput(0) {
      fill($0, canvas: inputSize, from: image, resampling: resampling)
    }
    let filled = clock.now
    try network.run()
    let inferred = clock.now
    var found: [Detection] = []
    var origins: [Int] = []
    for map in try maps(of: network, inputSize: inputSize)
    where heads.contains(map.head) {
      let detections = decode(map, scoreThreshold: scoreThreshold)
      found += detections
      origins += [Int](repeating: map.head, count: detections.count)
    }
    let back = letterbox.map.inverse
    var pass = DensePass(
      detections: [], heads: [], stages: stages, inputSize: inputSize,
      multiplyAdds: network.multiplyAdds)
    for index in keptIndices(found) {
      var detection = found[index].mapped(through: back)
      if clipsToPicture { detection.clip(to: image.size) }
      guard detection.box.isValid else { continue }
      pass.detections.append(detection)
      pass.heads.append(origins[index])
    }
    stages.preprocess = (filled - start).inSeconds
    stages.inference = (inferred - filled).inSeconds
    stages.postprocess = (clock.now - inferred).inSeconds
    pass.stages = stages
    return pass
  }
}
