import Detectors
import Geometry
import StrictJSON
import TestSupport
import Testing

/// The ladder against the `mtcnn` vectors of `Fixtures/spec/01_image_pyramid.json`.
@Suite struct ScaleLadderTests {
  @Test func ladders() throws {
    let examples = try #require(
      SpecVectors("01_image_pyramid.json").root.member("mtcnn").arrayValue)
    #expect(!examples.isEmpty)
    for example in examples {
      let ladder = try ScaleLadder(
        minFaceSize: try #require(example.member("min_face").doubleValue),
        factor: try #require(example.member("factor").doubleValue))
      let size = Size(
        width: try #require(example.member("w").intValue),
        height: try #require(example.member("h").intValue))
      let scales = ladder.scales(for: size)
      let expected = try example.member("scales").numbers
      #expect(scales.count == expected.count)
      for (a, b) in zip(scales, expected) { #expect(abs(a - b) <= 1e-8) }
      for (rounding, key) in [
        (CascadeConventions.LevelRounding.up, "size_ceil"), (.truncatedPlusOne, "size_int_plus1"),
      ] {
        let sizes = scales.map {
          ScaleLadder.levelSize(size, scale: $0, rounding: rounding)
        }
        #expect(try sizes.flatMap { [$0.height, $0.width] } == example.member(key).integers)
        if rounding == .up {
          let cells = sizes.flatMap {
            [LevelTiles.cellCount($0.height), LevelTiles.cellCount($0.width)]
          }
          #expect(try cells == example.member("pnet_out_ceil").integers)
        }
      }
    }
  }

  /// Also of the sizes where `(12 / f) * f` falls below 12.
  @Test func roundingDropsNoLevel() throws {
    let trapped = try SpecVectors("01_image_pyramid.json").root
      .member("mtcnn_boundary_min_faces_where_float_drops_scale").integers
    #expect(trapped.allSatisfy { Double($0) * (12 / Double($0)) < 12 })
    for side in 12..<400 {
      let ladder = try ScaleLadder(minFaceSize: Double(side))
      #expect(ladder.scales(for: Size(width: side, height: side)).count == 1, "\(side)")
      #expect(ladder.scales(for: Size(width: side - 1, height: side)).isEmpty, "\(side)")
      let level = ScaleLadder.levelSize(
        Size(width: side, height: side), scale: 12 / Double(side), rounding: .up)
      #expect(min(level.width, level.height) >= 12, "\(side)")
    }
  }

  @Test(arguments: [
    (0.5, 0.7), (.nan, 0.7), (.infinity, 0.7), (20, 1), (20, 0), (20, .nan), (20, -0.5),
  ])
  func refusals(_ minFaceSize: Double, _ factor: Double) {
    #expect(throws: DetectorError.self) {
      try ScaleLadder(minFaceSize: minFaceSize, factor: factor)
    }
  }
}
