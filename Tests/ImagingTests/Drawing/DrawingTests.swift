import Geometry
import Imaging
import Testing

@Suite struct DrawingTests {
  private let blank = Image(
    size: Size(width: 300, height: 200), samples: [UInt8](repeating: 0, count: 300 * 200 * 3))
  private let color = Color(red: 10, green: 200, blue: 30)

  @Test func drawsTheFourSidesAndLeavesTheInside() {
    let box = Box(minX: 50, minY: 60, maxX: 150, maxY: 160)
    let image = blank.drawing([Annotation(box: box, label: "", color: color)])
    for point in [(50, 60), (149, 159), (100, 60), (50, 100), (149, 100), (100, 159)] {
      #expect(image.pixel(point.0, point.1) == [10, 200, 30])
    }
    for point in [(49, 60), (150, 100), (100, 110), (100, 160), (100, 59)] {
      #expect(image.pixel(point.0, point.1) == [0, 0, 0])
    }
  }

  @Test func labelsLieAboveTheBoxOrInsideAtTheTop() {
    let above = blank.drawing([
      Annotation(box: Box(minX: 50, minY: 60, maxX: 150, maxY: 160), label: "a", color: color)
    ])
    #expect(above.pixel(50, 59) == [10, 200, 30])
    let inside = blank.drawing([
      Annotation(box: Box(minX: 50, minY: 2, maxX: 150, maxY: 160), label: "a", color: color)
    ])
    #expect(inside.pixel(50, 9) == [10, 200, 30])
    // Black letters on this light green.
    let letters = (0..<300).flatMap { x in (0..<60).map { above.pixel(x, $0) } }
    #expect(letters.contains([0, 0, 0]))
  }

  @Test func boxesFarOutsideAreHarmless() {
    let boxes = [
      Box(minX: -1e300, minY: -1e300, maxX: 1e300, maxY: 1e300),
      Box(minX: 1e9, minY: 5, maxX: 2e9, maxY: 50),
      Box(minX: .nan, minY: 5, maxX: 20, maxY: 50),
      Box(minX: 20, minY: 5, maxX: .infinity, maxY: 50),
      Box(minX: 20, minY: 20, maxX: 20, maxY: 20),
    ]
    let annotations = boxes.map {
      Annotation(
        box: $0, label: String(repeating: "é", count: 500), color: color,
        landmarks: [Point(x: .nan, y: 0), Point(x: -5, y: 1e18)])
    }
    #expect(blank.drawing(annotations).samples.count == blank.samples.count)
    let tiny = Image(size: Size(width: 1, height: 1), samples: [0, 0, 0])
    #expect(tiny.drawing(annotations).samples.count == 3)
  }

  @Test func classColoursRepeatAndTextContrasts() {
    #expect(Color.ofClass(0) == Color.ofClass(20))
    #expect(Color.ofClass(-1) == Color.ofClass(19))
    #expect(Set((0..<20).map(Color.ofClass)).count == 20)
    #expect(Color.white.contrastingText == .black)
    #expect(Color.black.contrastingText == .white)
  }
}
