import Detectors
import Geometry
import Imaging
import Pyramids
import TestSupport
import Testing

@Suite struct TridentStrategyTests {
  private let picture = SmallDetector.picture(Size(width: 128, height: 128))

  @Test func oneBranchWithoutDilationIsTheDetector() throws {
    let detector = try SmallDetector.load(side: 128)
    var options = TridentStrategy.Options()
    options.dilations = [1]
    let results = try TridentStrategy(options).look(at: picture, with: detector)
    let single = try detector.detect(picture).detections
    #expect(!single.isEmpty)
    #expect(results.passes.count == 1)
    #expect(results.passes[0].detections.count == single.count)
    for (a, b) in zip(results.passes[0].detections, single) {
      #expect(a.box.intersectionOverUnion(b.box) > 0.9999)
    }
  }

  @Test func branchesShareWhatRunsBeforeThem() throws {
    let detector = try SmallDetector.load(side: 128)
    let results = try TridentStrategy().look(at: picture, with: detector)
    #expect(results.passes.map(\.report.name) == ["dilation 1", "dilation 2", "dilation 3"])
    #expect(results.multiplyAdds < 3 * detector.summary.multiplyAdds)
    #expect(results.multiplyAdds > detector.summary.multiplyAdds)
    #expect(results.pixelCount == 128 * 128)
  }

  @Test func branchesKeepToTheirRanges() throws {
    let detector = try SmallDetector.load(side: 128)
    var options = TridentStrategy.Options()
    let ranges = [
      try ScaleRange(low: nil, high: 24), try ScaleRange(low: 20, high: 30),
      try ScaleRange(low: 24, high: nil),
    ]
    options.ranges = ranges
    let results = try TridentStrategy(options).look(at: picture, with: detector)
    #expect(results.passes.contains { !$0.detections.isEmpty })
    for (pass, range) in zip(results.passes, ranges) {
      // Boxes cut to the picture are smaller than those judged.
      for detection in pass.detections where detection.box.isInside(picture.size) {
        #expect(range.contains(detection.box))
      }
    }
  }

  @Test func refusesWhatMakesNoSense() throws {
    let bad: [(inout TridentStrategy.Options) throws -> Void] = [
      { $0.dilations = [] }, { $0.dilations = [0] }, { $0.dilations = [1, 1] },
      { $0.dilations = [1, 2] }, { $0.ranges = [try ScaleRange(low: nil, high: 3)] },
    ]
    for change in bad {
      var options = TridentStrategy.Options()
      try change(&options)
      #expect(throws: PyramidError.self) { try TridentStrategy(options) }
    }
    var options = TridentStrategy.Options()
    options.strideInPixels = 64
    let detector = try SmallDetector.load(side: 128)
    #expect(throws: PyramidError.self) {
      try TridentStrategy(options).look(at: picture, with: detector)
    }
    let cascade = try CascadeDetector(
      weights: .builtIn(), options: CascadeOptions(ladder: ScaleLadder()))
    #expect(throws: PyramidError.self) { try TridentStrategy().check(cascade) }
  }
}

extension Box {
  fileprivate func isInside(_ size: Size) -> Bool {
    minX > 0 && minY > 0 && maxX < Double(size.width) && maxY < Double(size.height)
  }
}
