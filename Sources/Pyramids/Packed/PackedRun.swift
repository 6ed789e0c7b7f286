internal import Detectors
internal import Geometry
internal import Imaging
internal import Neural

/// One picture through a set of canvases.
struct PackedRun {
  let image: Image
  let dense: any DenseDetector
  /// One per level.
  let passes: [PlannedPass]
  let levels: PackedLevels
  /// The heads that speak.
  let heads: Set<Int>
  private var stages = StageTimes()

  init(
    image: Image, dense: any DenseDetector, passes: [PlannedPass], levels: PackedLevels,
    heads: Set<Int>
  ) {
    self.image = image
    self.dense = dense
    self.passes = passes
    self.levels = levels
    self.heads = heads
  }

  mutating func results() throws -> PassResults {
    var results = PassResults()
    var found = [[Detection]](repeating: [], count: passes.count)
    for plane in levels.planes {
      for (index, detections) in try run(plane) { found[index] = detections }
      results.multiplyAdds += plane.network.multiplyAdds
      results.pixelCount += plane.canvas.width * plane.canvas.height
    }
    results.stages = stages
    results.passes = passes.indices.map { index in
      PassResults.Pass(
        PassReport(
          kind: passes[index].kind, name: passes[index].name, region: passes[index].region,
          inputSize: levels.sizes[index]), detections: found[index])
    }
    return results
  }

  /// The detections of each level on one canvas, in source pixels.
  private mutating func run(
    _ plane: PackedLevels.Plane
  ) throws -> [(index: Int, detections: [Detection])] {
    let clock = ContinuousClock()
    let start = clock.now
    let letterboxes = fill(plane)
    let filled = clock.now
    try plane.network.run()
    let inferred = clock.now
    let maps = try dense.maps(of: plane.network, inputSize: plane.canvas)
    var result: [(Int, [Detection])] = []
    for (position, level) in plane.levels.enumerated() {
      var detections: [Detection] = []
      for map in maps where heads.contains(map.head) {
        guard let window = plane.window(of: map, level: position) else {
          throw PyramidError.unsuitable(
            strategy: "packed", reason: "head \(dense.heads[map.head].name) is no output's grid")
        }
        detections += dense.decode(window)
      }
      result.append((level.index, sourceDetections(detections, letterboxes[position], level.index)))
    }
    stages.preprocess += (filled - start).inSeconds
    stages.inference += (inferred - filled).inSeconds
    stages.postprocess += (clock.now - inferred).inSeconds
    return result
  }

  /// Writes all levels onto the canvas, zeros between them.
  private func fill(_ plane: PackedLevels.Plane) -> [Letterbox] {
    var letterboxes: [Letterbox] = []
    plane.fill { index, values in
      let pass = passes[index]
      letterboxes.append(
        dense.fill(
          values, canvas: levels.sizes[index], from: pass.isMirrored ? image.mirrored() : image,
          resampling: pass.scale == 1 ? nil : .antialiased))
    }
    return letterboxes
  }

  /// What remains of a level's boxes, as a pass over that level alone gives it.
  private func sourceDetections(
    _ found: [Detection], _ letterbox: Letterbox, _ index: Int
  ) -> [Detection] {
    let back = letterbox.map.inverse
    let pass = passes[index]
    return dense.keptIndices(found).compactMap { kept in
      var detection = found[kept].mapped(through: back)
      if pass.isMirrored { detection = detection.mirrored(width: Double(image.size.width)) }
      if dense.clipsToPicture { detection.clip(to: image.size) }
      guard detection.box.isValid, pass.answers(for: detection.box, in: image.size) else {
        return nil
      }
      return detection
    }
  }
}
