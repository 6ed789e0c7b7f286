import Geometry
import StrictJSON
import TestSupport
import Testing

@Suite struct DetectionMappingTests {
  /// The `flip` vector of `Fixtures/spec/01_image_pyramid.json`.
  @Test func mirroringAsTheSpecification() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("flip")
    let box = try vector.member("box_xyxy_continuous").numbers
    let width = try vector.member("W").numbers[0]
    let detection = Detection(
      box: Box(minX: box[0], minY: box[1], maxX: box[2], maxY: box[3]), score: 0.5, classID: 0)
    let mirrored = detection.mirrored(width: width).box
    #expect(
      try [mirrored.minX, mirrored.minY, mirrored.maxX, mirrored.maxY]
        == vector.member("flipped_continuous").numbers)
  }

  @Test func mirroringTwiceChangesNothing() {
    let detection = Detection(
      box: Box(minX: 1, minY: 2, maxX: 31, maxY: 12), score: 0.5, classID: 3,
      landmarks: (0..<5).map { Point(x: Double($0) * 3, y: Double($0)) },
      polygon: [
        Point(x: 1, y: 2), Point(x: 31, y: 3), Point(x: 30, y: 12), Point(x: 2, y: 11),
      ])
    let once = detection.mirrored(width: 40)
    #expect(once.landmarks[0] == Point(x: 37, y: 1))
    #expect(once.landmarks[1] == Point(x: 40, y: 0))
    #expect(once.landmarks[2] == Point(x: 34, y: 2))
    #expect(once.mirrored(width: 40) == detection)
  }
}
