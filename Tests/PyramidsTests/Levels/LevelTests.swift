import Detectors
import Geometry
import Pyramids
import StrictJSON
import TestSupport
import Testing

/// The vectors that assign objects to levels: `fpn_level`, `fcos_ranges`, `retinanet_anchor_sizes`,
/// `s3fd` of `Fixtures/spec/02_feature_pyramid.json`, `snip` of `01_image_pyramid.json`.
@Suite struct LevelTests {
  private func box(_ width: Double, _ height: Double) -> Box {
    Box(minX: 3, minY: 5, maxX: 3 + width, maxY: 5 + height)
  }

  @Test func areasChooseLevels() throws {
    let vector = try SpecVectors("02_feature_pyramid.json").root.member("fpn_level")
    func number(_ key: String) throws -> Double {
      try #require(try vector.member(key).numbers.first)
    }
    let clamp = try vector.member("clamp").integers
    let assignment = LevelAssignment(
      canonicalLevel: Int(try number("k0")), canonicalSide: try number("canonical"),
      levels: clamp[0]...clamp[1])
    #expect(assignment == LevelAssignment())
    let sizes = try #require(try vector.member("boxes_wh").arrayValue).map(\.numbers)
    #expect(
      sizes.map { assignment.level(of: box($0[0], $0[1])) }
        == (try vector.member("level").integers))
    #expect(assignment.level(of: box(1e300, 1e300)) == 5)
  }

  @Test func distancesChooseLevels() throws {
    let ranges = try #require(
      try SpecVectors("02_feature_pyramid.json").root.member("fcos_ranges").arrayValue
    ).map(\.numbers)
    let levels = RegressionRanges()
    #expect(levels.limits == ranges.dropLast().map { $0[1] })
    for (level, range) in ranges.enumerated() {
      // Just above the lower bound, in the middle, exactly at the upper one.
      for distance in [max(range[0], 0).nextUp, (max(range[0], 0) + range[1]) / 2, range[1]] {
        #expect(levels.level(distances: [1, distance, 0.5, 2e-300]) == (distance < 1 ? 0 : level))
      }
    }
    #expect(levels.level(distances: []) == 0)
  }

  @Test func anchorSizes() throws {
    let file = try SpecVectors("02_feature_pyramid.json").root
    expectClose(
      AnchorSizes.octaves(), try file.member("retinanet_anchor_sizes").numbers, absolute: 1e-6)
    let faces = try file.member("s3fd")
    #expect(
      AnchorSizes.equalDensity(strides: try faces.member("stride").integers)
        == (try faces.member("scale").integers))
  }

  private func ranges(_ vector: JSONValue, _ name: String) throws -> [ScaleRange] {
    try #require(try vector.member("ranges").member(name).arrayValue).map {
      let bounds = $0.numbers.map { $0 < 0 ? nil : $0 }
      return try ScaleRange(low: bounds[0], high: bounds[1])
    }
  }

  @Test func rangesKeepObjects() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("snip")
    let boxes = try #require(try vector.member("boxes_xyxy").arrayValue).map {
      let edges = $0.numbers
      return Box(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3])
    }
    for (name, boundary) in [
      ("sniper_test", ScaleRange.Boundary.lowExclusive), ("trident", .inclusivePixels),
    ] {
      let expected = try #require(try vector.member(name + "_keep").arrayValue).map {
        $0.arrayValue?.map(\.boolValue)
      }
      let ranges = try ranges(vector, name)
      for (box, keep) in zip(boxes, expected) {
        #expect(ranges.map { $0.contains(box, boundary: boundary) } == keep, "\(name) \(box)")
      }
      #expect(expected.count == boxes.count)
    }
    // The training ranges overlap: every size but the emptiest belongs somewhere.
    let train = try ranges(vector, "sniper_train")
    for side in stride(from: 1.0, to: 400, by: 7) {
      #expect(train.contains { $0.contains(box(side, side)) })
    }
  }

  @Test func capsGiveScales() throws {
    let scales = try #require(
      try SpecVectors("01_image_pyramid.json").root.member("snip")
        .member("image_480x640_scales").objectValue)
    #expect(scales.members.count == 4)
    for member in scales.members {
      // "(short, long)", -1 for none
      let sides = member.key.dropFirst().dropLast().split(separator: ",").compactMap {
        Int($0.drop { $0 == " " })
      }.map { $0 < 0 ? nil : $0 }
      #expect(sides.count == 2)
      let cap = ScaleCap(shortSide: sides[0], longSide: sides[1])
      expectClose(
        [cap.scale(for: Size(width: 640, height: 480))], member.value.numbers, absolute: 1e-8)
    }
    #expect(ScaleCap(shortSide: nil, longSide: nil).scale(for: Size(width: 3, height: 4)) == 1)
  }

  @Test func refusesImpossibleRanges() {
    for bounds in [(-1.0, 3.0), (5, 3), (.nan, 3), (0, .infinity)] {
      #expect(throws: DetectorError.self) { try ScaleRange(low: bounds.0, high: bounds.1) }
    }
  }

  /// The `flip` vector: continuous edges mirror at the width.
  @Test func mirroredBoxes() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("flip")
    let width = try #require(try vector.member("W").numbers.first)
    let edges = try vector.member("box_xyxy_continuous").numbers
    let mirror = CoordinateMap(scaleX: -1, scaleY: 1, offsetX: width, offsetY: 0)
    let mirrored = mirror.apply(Box(minX: edges[2], minY: edges[1], maxX: edges[0], maxY: edges[3]))
    #expect(
      [mirrored.minX, mirrored.minY, mirrored.maxX, mirrored.maxY]
        == (try vector.member("flipped_continuous").numbers))
    // A box that counts its last pixel has that pixel's outer edge one further on.
    let pixels = try vector.member("box_xyxy_inclusive_px").numbers
    let flipped = mirror.apply(
      Box(minX: pixels[2] + 1, minY: pixels[1], maxX: pixels[0], maxY: pixels[3] + 1))
    #expect(
      [flipped.minX, flipped.minY, flipped.maxX - 1, flipped.maxY - 1]
        == (try vector.member("flipped_inclusive").numbers))
  }
}
