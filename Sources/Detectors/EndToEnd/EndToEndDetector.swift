package import Geometry
package import Imaging
package import Neural

/// A detector whose network gives final boxes: transformers, and networks with the suppression
/// inside, whose shapes may depend on the picture.
package final class EndToEndDetector: SinglePassDetector {
  package let summary: DetectorSummary
  package let network: HybridNetwork
  package let decoder: BoxListDecoder
  package let preprocessing: Preprocessing
  private let input: PictureInput
  private let suppression: Suppression
  private let wantedClasses: Set<Int32>?
  private let clipsToPicture: Bool
  private var planes: [Float]
  private var outputs: [Tensor] = []

  init(
    network: HybridNetwork, family: EndToEndFamily, decoder: BoxListDecoder, input: PictureInput,
    classNames: [String], manifest: ModelManifest?, options: DetectorOptions
  ) throws {
    let scoreThreshold =
      options.scoreThreshold ?? manifest?.scoreThreshold ?? DetectorOptions.defaultScoreThreshold
    // Duplicates are gone already: no IoU exceeds 1.
    let overlapThreshold = options.overlapThreshold ?? manifest?.overlapThreshold ?? 1
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
    suppression = Suppression(
      overlapThreshold: overlapThreshold, isClassAgnostic: options.isSuppressionClassAgnostic,
      preLimit: DetectorOptions.preLimit, maxDetections: limit)
    summary = DetectorSummary(
      family: family.rawValue, classNames: classNames, inputSize: input.inputSize,
      scoreThreshold: scoreThreshold, overlapThreshold: overlapThreshold, maxDetections: limit,
      multiplyAdds: network.network?.multiplyAdds ?? 0,
      instructionSet: network.instructionSet.rawValue)
    self.network = network
    self.decoder = decoder
    self.input = input
    preprocessing = Preprocessing(family: family, manifest: manifest)
    clipsToPicture = options.clipsToPicture
    planes = [Float](repeating: 0, count: 3 * input.inputSize.width * input.inputSize.height)
  }

  package func preprocess(_ image: Image) throws -> Letterbox {
    planes.withUnsafeMutableBufferPointer {
      preprocessing.fill($0, canvas: summary.inputSize, from: image)
    }
  }

  package func infer() throws { outputs = try network.run(try input.tensors(planes)) }

  package func decode(_ view: Letterbox, sourceSize: Size) throws -> [Detection] {
    var candidates = try decoder.candidates(
      outputs, scoreThreshold: Float(summary.scoreThreshold))
    if let wantedClasses {
      candidates.entries.removeAll { !wantedClasses.contains($0.classID) }
    }
    let kept = suppression.keptIndices(candidates)
    let detections = candidates.detections(at: kept, through: view.map.inverse)
    guard clipsToPicture else { return detections }
    return detections.compactMap { detection in
      var clipped = detection
      clipped.box = detection.box.clipped(to: sourceSize)
      return clipped.box.isValid ? clipped : nil
    }
  }
}
