import Geometry
import Pyramids
import Testing

@Suite("View")
struct ViewTests {
  @Test("a point mapped to a view and back moves less than 1e-9")
  func inverse() {
    let view = View(
      region: Box(minX: 3, minY: 7, maxX: 1003, maxY: 508), size: Size(width: 417, height: 211))
    for point in [Point(x: 3, y: 7), Point(x: 500.25, y: 123.5), Point(x: 1920, y: -4)] {
      let back = view.map.inverse.apply(view.map.apply(point))
      #expect(abs(back.x - point.x) < 1e-9 && abs(back.y - point.y) < 1e-9)
    }
  }

  @Test("the region's corners become the view's corners")
  func corners() {
    let view = View(
      region: Box(minX: 10, minY: 20, maxX: 110, maxY: 60), size: Size(width: 50, height: 80))
    let box = view.map.apply(view.region)
    #expect(box == Box(minX: 0, minY: 0, maxX: 50, maxY: 80))
  }
}
