import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// The `gaussian` and `convTri` vectors of `Fixtures/spec/01_image_pyramid.json`, and laws.
@Suite struct PlanePyramidTests {
  private func row(_ values: [Float]) -> Plane {
    Plane(size: Size(width: values.count, height: 1), values: values)
  }

  private func column(_ values: [Float]) -> Plane {
    Plane(size: Size(width: 1, height: values.count), values: values)
  }

  @Test func gaussianVectors() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("gaussian")
    let g0 = try vector.member("g0").floats
    for line in [row(g0), column(g0)] {
      let first = line.gaussianReduced()
      expectClose(first.values, try vector.member("g1").floats, absolute: 1e-6)
      expectClose(
        first.gaussianReduced().values, try vector.member("g2").floats, absolute: 1e-6)
      expectClose(
        first.gaussianExpanded(to: line.size).values, try vector.member("up_g1").floats,
        absolute: 1e-6)
      expectClose(
        line.laplacian(below: first).values, try vector.member("lap0").floats, absolute: 1e-6)
    }
  }

  @Test func reconstructionGivesThePlaneBack() {
    var generator = SeededGenerator(seed: 4)
    for (width, height) in [(1, 1), (2, 3), (9, 8), (17, 5), (1, 12)] {
      let size = Size(width: width, height: height)
      let plane = Plane(size: size, values: generator.floats(width * height))
      for levelCount in [1, 2, 5, 12] {
        let levels = plane.laplacianPyramid(levelCount: levelCount)
        #expect(levels.count <= levelCount)
        expectClose(
          Plane.reconstructed(fromLaplacian: levels).values, plane.values, absolute: 1e-6,
          "\(size) in \(levelCount) levels")
      }
    }
  }

  @Test func constantPlanesStayConstant() {
    for (width, height) in [(1, 1), (6, 7), (3, 2)] {
      let size = Size(width: width, height: height)
      let plane = Plane(size: size, values: .init(repeating: 3.5, count: width * height))
      #expect(plane.gaussianReduced().values.allSatisfy { $0 == 3.5 })
      #expect(plane.gaussianReduced().gaussianExpanded(to: size).values.allSatisfy { $0 == 3.5 })
      for radius in 0...4 {
        expectClose(plane.triangleSmoothed(radius: radius).values, plane.values, absolute: 1e-6)
      }
    }
  }

  @Test func triangleVectors() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("convTri")
    let x = try vector.member("x").floats
    for (key, radius) in [("r1", 1), ("r2", 2)] {
      for line in [row(x), column(x)] {
        expectClose(
          line.triangleSmoothed(radius: radius).values, try vector.member(key).floats,
          absolute: 1e-6, key)
      }
    }
    let deviations = try #require(try vector.member("sigma").objectValue)
    #expect(deviations.members.count == 4)
    for member in deviations.members {
      let radius = try #require(Int(member.key))
      expectClose(
        [Plane.triangleDeviation(radius: radius)], member.value.numbers, absolute: 1e-8)
    }
  }
}
