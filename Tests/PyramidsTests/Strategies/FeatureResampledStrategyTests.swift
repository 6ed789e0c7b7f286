import Detectors
import Geometry
import Imaging
import Pyramids
import TestSupport
import Testing

@Suite struct FeatureResampledStrategyTests {
  private let picture = SmallDetector.picture(Size(width: 256, height: 256))

  private func results(
    _ detector: any Detector, _ change: (inout FeatureResampledStrategy.Options) -> Void
  ) throws -> PassResults {
    var options = FeatureResampledStrategy.Options()
    change(&options)
    return try FeatureResampledStrategy(options).look(at: picture, with: detector)
  }

  /// One level an octave: every level is real, and the network in two parts is the network.
  @Test func realLevelsAreThoseOfTheImagePyramid() throws {
    let detector = try SmallDetector.load(side: 256)
    let ours = try results(detector) { $0.levelsPerOctave = 1 }
    var options = ImageStrategy.Options()
    options.scales = [1, 0.5]
    options.ranges = .all
    let theirs = try ImageStrategy(options).look(at: picture, with: detector)
    #expect(ours.passes.count == 2 && theirs.passes.count == 2)
    #expect(ours.passes.map(\.report.inputSize) == theirs.passes.map(\.report.inputSize))
    for (a, b) in zip(ours.passes, theirs.passes) {
      #expect(!a.detections.isEmpty)
      #expect(a.detections.count == b.detections.count)
      for (x, y) in zip(a.detections, b.detections) {
        expectClose(
          [x.box.minX, x.box.minY, x.box.maxX, x.box.maxY, x.score],
          [y.box.minX, y.box.minY, y.box.maxX, y.box.maxY, y.score], absolute: 1e-3)
      }
    }
  }

  @Test func levelsBetweenRunOnlyTheRest() throws {
    let detector = try SmallDetector.load(side: 256)
    let ours = try results(detector) { _ in }
    #expect(ours.passes.map(\.report.inputSize.width) == [256, 224, 192, 160, 128])
    // Filled are only the two real levels.
    #expect(ours.pixelCount == 256 * 256 + 128 * 128)
    var options = ImageStrategy.Options()
    options.scales = [1, 0.875, 0.75, 0.625, 0.5]
    options.ranges = .all
    let theirs = try ImageStrategy(options).look(at: picture, with: detector)
    #expect(ours.multiplyAdds < theirs.multiplyAdds)
    // The maps of smooth pictures are near those of the pictures resized.
    for (a, b) in zip(ours.passes, theirs.passes) {
      let found = b.detections.count { wanted in
        a.detections.contains { $0.box.intersectionOverUnion(wanted.box) >= 0.5 }
      }
      #expect(Double(found) >= 0.6 * Double(b.detections.count), "\(a.report.name)")
    }
  }

  @Test func moreLevelsOfAnOctaveCanBeReal() throws {
    let detector = try SmallDetector.load(side: 256)
    let ours = try results(detector) { options in
      options.levelsPerOctave = 4
      options.realPerOctave = 2
    }
    #expect(ours.passes.count == 5)
    let parts = ours.stages.inferenceParts
    #expect(parts.map(\.name) == ["backbone", "rest"])
    #expect(parts.reduce(0) { $0 + $1.seconds } == ours.stages.inference)
    #expect(ours.pixelCount > 256 * 256 + 128 * 128)
    #expect(throws: PyramidError.self) {
      try results(detector) { options in
        options.levelsPerOctave = 8
        options.realPerOctave = 3
      }
    }
  }

  @Test func cutsAreChosenByName() throws {
    let detector = try SmallDetector.load(side: 128)
    let chosen = try FeatureResampledStrategy().cutName(for: detector)
    #expect(!chosen.isEmpty)
    var options = FeatureResampledStrategy.Options()
    options.cut = chosen
    #expect(try FeatureResampledStrategy(options).cutName(for: detector) == chosen)
    options.cut = "nowhere"
    #expect(throws: (any Error).self) {
      try FeatureResampledStrategy(options).cutName(for: detector)
    }
    #expect(throws: PyramidError.self) {
      var options = FeatureResampledStrategy.Options()
      options.exponents = .uniform(.nan)
      _ = try FeatureResampledStrategy(options)
    }
  }

  @Test func exponentsChangeOnlyLevelsBetween() throws {
    let detector = try SmallDetector.load(side: 256)
    let plain = try results(detector) { _ in }
    let corrected = try results(detector) { $0.exponents = .uniform(2) }
    for (index, (a, b)) in zip(plain.passes, corrected.passes).enumerated() {
      let isReal = index == 0 || index == plain.passes.count - 1
      #expect((a.detections == b.detections) == isReal)
    }
  }

  @Test func calibrationsAreMeasured() throws {
    let detector = try SmallDetector.load(side: 128)
    let calibrator = try CutCalibrator(detector, layer: nil)
    #expect(calibrator.calibration == nil)
    try calibrator.add(picture)
    let calibration = try #require(calibrator.calibration)
    #expect(calibration.imageCount == 1)
    #expect(calibration.maps.count == 1)
    #expect(calibration.maps[0].law.sampleCount >= 1)
    #expect(abs(calibration.maps[0].law.lambda) < 1)
  }

  /// The built-in cascade at two levels an octave against its own ladder of that factor.
  @Test func cascadesTakeResampledProposals() throws {
    let image = try ImageDecoder().decode(
      path: TestFiles.fixture("photos/astronaut.png")
    ).image
    let options = try CascadeOptions(ladder: try ScaleLadder(minFaceSize: 60, factor: 0.5))
    let cascade = try CascadeDetector(weights: .builtIn(), options: options)
    let faces = try cascade.detect(image).detections
    var ours = FeatureResampledStrategy.Options()
    ours.levelsPerOctave = 1
    let found = try FeatureResampledStrategy(ours).look(at: image, with: cascade)
    #expect(faces.count == 1)
    #expect(found.passes[0].detections.count == 1)
    let overlap = found.passes[0].detections.first?.box.intersectionOverUnion(faces[0].box)
    #expect((overlap ?? 0) > 0.999)
    ours.levelsPerOctave = 4
    let resampled = try FeatureResampledStrategy(ours).look(at: image, with: cascade)
    #expect(
      resampled.passes[0].detections.contains {
        $0.box.intersectionOverUnion(faces[0].box) > 0.7
      })
  }
}
