package import Detectors
internal import Geometry
package import Imaging

/// Runs planned passes over one picture and maps what they find back to it.
struct PassRunner {
  let image: Image
  let detector: any Detector
  /// The heads that speak; `nil` for all.
  var heads: Set<Int>?
  private(set) var results: PassResults

  /// Pixels of one resized copy at most.
  static let pixelLimit = 1 << 28

  /// - Parameter results: Of passes that ran already.
  init(
    _ image: Image, _ detector: any Detector, heads: Set<Int>? = nil,
    results: PassResults = PassResults()
  ) {
    self.results = results
    self.image = image
    self.detector = detector
    self.heads = heads
  }

  /// - Throws: `DetectorError`, `GraphError`.
  mutating func run(_ passes: [PlannedPass]) throws {
    for pass in passes { try run(pass) }
  }

  mutating func run(_ pass: PlannedPass) throws {
    let clock = ContinuousClock()
    let start = clock.now
    var seen = Self.visible(pass.region, of: image)
    if pass.isMirrored { seen = seen.mirrored() }
    results.stages.preprocess += (clock.now - start).inSeconds
    let answer = try look(at: seen, scale: pass.scale)
    let width = Double(seen.size.width)
    let shift = CoordinateMap(
      scaleX: 1, scaleY: 1, offsetX: pass.region.minX, offsetY: pass.region.minY)
    let detections = answer.detections.compactMap { detection -> Detection? in
      var detection = pass.isMirrored ? detection.mirrored(width: width) : detection
      detection = detection.mapped(through: shift)
      // Regions may reach beyond the picture.
      if clips { detection.clip(to: image.size) }
      guard detection.box.isValid, pass.answers(for: detection.box, in: image.size) else {
        return nil
      }
      return detection
    }
    results.stages += answer.stages
    results.multiplyAdds += answer.multiplyAdds
    results.pixelCount += answer.pixelCount
    results.passes.append(
      .init(
        PassReport(
          kind: pass.kind, name: pass.name, region: pass.region, inputSize: answer.inputSize),
        detections: detections))
  }

  private var clips: Bool { (detector as? any DenseDetector)?.clipsToPicture ?? false }

  /// The region's pixels, grey beyond the picture.
  static func visible(_ region: Box, of image: Image) -> Image {
    let size = image.size
    let columns = Int(region.minX)..<min(Int(region.maxX), size.width)
    let rows = Int(region.minY)..<min(Int(region.maxY), size.height)
    let isWhole = columns == 0..<size.width && rows == 0..<size.height
    let inside = isWhole ? image : image.cropped(columns: columns, rows: rows)
    let wanted = Size(width: Int(region.width), height: Int(region.height))
    return inside.size == wanted ? inside : inside.padded(to: wanted, fill: 114)
  }

  private func look(at seen: Image, scale: Double) throws -> DensePass {
    if let dense = detector as? any DenseDetector {
      let inputSize = dense.inputSize(for: seen.size, scale: scale)
      let resampling: InputResampling? = scale == 1 ? nil : .antialiased
      if let heads {
        return try dense.pass(seen, inputSize: inputSize, heads: heads, resampling: resampling)
      }
      if scale != 1 {
        return try dense.wholePass(seen, inputSize: inputSize, resampling: resampling)
      }
      let result = try detector.detect(seen)
      return DensePass(
        detections: result.detections, heads: [], stages: result.stages,
        inputSize: inputSize, multiplyAdds: detector.summary.multiplyAdds)
    }
    guard scale != 1 else {
      let result = try detector.detect(seen)
      return DensePass(
        detections: result.detections, heads: [], stages: result.stages, inputSize: seen.size,
        multiplyAdds: result.cascade?.multiplyAdds ?? detector.summary.multiplyAdds,
        pixelCount: result.cascade?.pixelCount)
    }
    return try lookAtCopy(of: seen, scale: scale)
  }

  /// A resized copy, through a detector that takes pictures as they are.
  private func lookAtCopy(of seen: Image, scale: Double) throws -> DensePass {
    func side(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
    let size = Size(width: side(seen.size.width), height: side(seen.size.height))
    guard size.width <= Self.pixelLimit / size.height else {
      throw DetectorError.pictureTooLarge(size, levelPixelLimit: Self.pixelLimit)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let copy = seen.resized(to: size, filter: .antialiased(.triangle))
    let resizing = (clock.now - start).inSeconds
    let result = try detector.detect(copy)
    let back = CoordinateMap.resize(from: seen.size, to: size).inverse
    var stages = result.stages
    stages.preprocess += resizing
    return DensePass(
      detections: result.detections.map { $0.mapped(through: back) }, heads: [], stages: stages,
      inputSize: size,
      multiplyAdds: result.cascade?.multiplyAdds ?? detector.summary.multiplyAdds,
      pixelCount: result.cascade?.pixelCount)
  }
}

extension PassResults {
  /// What planned passes over a picture find.
  ///
  /// - Throws: `DetectorError`, `GraphError`.
  package init(
    running passes: [PlannedPass], over image: Image, with detector: any Detector
  ) throws {
    var runner = PassRunner(image, detector)
    try runner.run(passes)
    self = runner.results
  }
}
