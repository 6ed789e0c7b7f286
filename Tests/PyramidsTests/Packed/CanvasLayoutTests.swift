import Geometry
import Pyramids
import StrictJSON
import TestSupport
import Testing

@Suite struct CanvasLayoutTests {
  private func sizes(_ value: JSONValue) -> [Size] {
    let numbers = value.integers
    return stride(from: 0, to: numbers.count, by: 2).map {
      Size(width: numbers[$0], height: numbers[$0 + 1])
    }
  }

  private func places(_ value: JSONValue) -> [CanvasLayout.Place] {
    let numbers = value.integers
    return stride(from: 0, to: numbers.count, by: 3).map {
      CanvasLayout.Place(plane: numbers[$0], x: numbers[$0 + 1], y: numbers[$0 + 2])
    }
  }

  @Test func bottomLeftFillVector() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("blf_simple")
    let canvas = try sizes(vector.member("plane"))[0]
    let layout = try CanvasLayout(sizes(vector.member("rects_wh")), canvas: canvas)
    #expect(layout.places == places(try vector.member("pos")))
    #expect(layout.planeCount == (try vector.member("planes").integers[0]))
  }

  @Test(arguments: ["patchwork_mtcnn_480x640_mf40", "patchwork_alt_plane"])
  func patchworkVectors(_ key: String) throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member(key)
    let canvas = Size(
      width: try vector.member("plane_w").integers[0],
      height: try vector.member("plane_h").integers[0])
    let layout = try CanvasLayout(sizes(vector.member("padded_wh")), canvas: canvas)
    #expect(layout.places == places(try vector.member("pos_plane_x_y")))
    #expect(layout.planeCount == (try vector.member("planes").integers[0]))
    let levels = try vector.member("levels_hw").integers
    let bare = stride(from: 0, to: levels.count, by: 2).map {
      Size(width: levels[$0 + 1], height: levels[$0])
    }
    let fill = try vector.member("fill").numbers[0]
    #expect(abs(layout.fill(bare) - fill) < 1e-6)
  }

  /// Any rectangles: within their planes, apart from each other, each plane in use.
  @Test(arguments: [UInt32(1), 2, 3, 4]) func keepsRectanglesApart(seed: UInt32) throws {
    var generator = SeededGenerator(seed: seed)
    let canvas = Size(width: 64, height: 48)
    let sizes = (0..<40).map { _ in
      Size(
        width: Int.random(in: 1...40, using: &generator),
        height: Int.random(in: 1...48, using: &generator))
    }
    let layout = try CanvasLayout(sizes, canvas: canvas)
    #expect(Set(layout.places.map(\.plane)) == Set(0..<layout.planeCount))
    for (index, place) in layout.places.enumerated() {
      #expect(place.x >= 0 && place.x + sizes[index].width <= canvas.width)
      #expect(place.y >= 0 && place.y + sizes[index].height <= canvas.height)
      for other in 0..<index where layout.places[other].plane == place.plane {
        let there = layout.places[other]
        let apart =
          place.x >= there.x + sizes[other].width || there.x >= place.x + sizes[index].width
          || place.y >= there.y + sizes[other].height || there.y >= place.y + sizes[index].height
        #expect(apart, "\(index) and \(other)")
      }
    }
  }

  @Test func refusesWhatNoPlaneHolds() throws {
    #expect(throws: PyramidError.self) {
      try CanvasLayout([Size(width: 11, height: 2)], canvas: Size(width: 10, height: 10))
    }
    let exact = try CanvasLayout(
      [Size(width: 10, height: 10)], canvas: Size(width: 10, height: 10))
    #expect(exact.planeCount == 1)
    #expect(try CanvasLayout([], canvas: Size(width: 8, height: 8)).planeCount == 0)
  }
}
