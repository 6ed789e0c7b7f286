import Geometry
import StrictJSON
import TestSupport
import Testing

@Suite struct LetterboxTests {
  /// Vector `letterbox` of `03_yolo.json`: five pictures, four ways of fitting them.
  @Test func matchesVectors() throws {
    let cases = try #require(SpecVectors("03_yolo.json").root.member("letterbox").arrayValue)
    #expect(cases.count == 5)
    for vector in cases {
      let source = size(try vector.member("img_wh"))
      let net = size(try vector.member("net"))

      let darknet = Letterbox(.darknet, source: source, canvas: net)
      let expected = try vector.member("darknet")
      #expect(darknet.contentSize == size(try expected.member("new")))
      #expect([darknet.offsetX, darknet.offsetY] == (try expected.member("off").integers))
      #expect(
        [darknet.map.offsetX, darknet.map.offsetY]
          == (try expected.member("off_used_in_decode").numbers))
      #expect(darknet.canvas == net)

      try expectUltralytics(
        Letterbox(.ultralytics, source: source, canvas: net), vector.member("ultralytics"))
      try expectUltralytics(
        Letterbox(.ultralyticsAuto(strideInPixels: 32), source: source, canvas: net),
        vector.member("ultralytics_auto"))

      let yolox = Letterbox(.yolox, source: source, canvas: net)
      #expect(yolox.contentSize == size(try vector.member("yolox").member("new")))
      #expect(
        [yolox.offsetX, yolox.offsetY] == (try vector.member("yolox").member("off").integers))
    }
  }

  private func expectUltralytics(_ letterbox: Letterbox, _ expected: JSONValue) throws {
    #expect(letterbox.contentSize == size(try expected.member("new")))
    #expect(letterbox.canvas == size(try expected.member("out")))
    #expect(letterbox.offsetX == expected["left"]?.intValue)
    #expect(letterbox.offsetY == expected["top"]?.intValue)
    let right = letterbox.canvas.width - letterbox.contentSize.width - letterbox.offsetX
    let bottom = letterbox.canvas.height - letterbox.contentSize.height - letterbox.offsetY
    #expect(right == expected["right"]?.intValue)
    #expect(bottom == expected["bottom"]?.intValue)
  }

  private func size(_ value: JSONValue) -> Size {
    Size(width: value.integers[0], height: value.integers[1])
  }

  @Test(arguments: [
    Letterbox.Fit.stretch, .darknet, .ultralytics, .ultralyticsAuto(strideInPixels: 32), .yolox,
  ])
  func contentLiesOnTheCanvasAndTheMapInverts(_ fit: Letterbox.Fit) {
    let sizes = [(1, 1), (1, 4000), (11, 500), (773, 512), (3000, 2), (416, 416), (640, 427)]
    for (width, height) in sizes {
      for canvas in [Size(width: 416, height: 416), Size(width: 608, height: 800)] {
        let source = Size(width: width, height: height)
        let box = Letterbox(fit, source: source, canvas: canvas)
        #expect(box.contentSize.width >= 1 && box.contentSize.height >= 1)
        #expect(box.offsetX >= 0 && box.offsetX + box.contentSize.width <= box.canvas.width)
        #expect(box.offsetY >= 0 && box.offsetY + box.contentSize.height <= box.canvas.height)
        #expect(box.canvas.width <= canvas.width && box.canvas.height <= canvas.height)
        let point = Point(x: Double(width) * 0.3, y: Double(height) * 0.7)
        let back = box.map.inverse.apply(box.map.apply(point))
        #expect(abs(back.x - point.x) <= 1e-9 * Double(width) + 1e-12)
        #expect(abs(back.y - point.y) <= 1e-9 * Double(height) + 1e-12)
      }
    }
  }

  @Test func stretchedCornersMapToCornersOfTheCanvas() {
    let source = Size(width: 773, height: 512)
    let box = Letterbox(.stretch, source: source, canvas: Size(width: 640, height: 640))
    #expect(box.map.apply(Point(x: 773, y: 512)) == Point(x: 640, y: 640))
  }

  /// One ratio for both axes, as the reference programs divide by: 640 / 773, although the content
  /// has 423 or 424 rows and not 423.9.
  @Test(arguments: [Letterbox.Fit.ultralytics, .yolox])
  func boxesAreMappedBackByTheNominalRatio(_ fit: Letterbox.Fit) {
    let source = Size(width: 773, height: 512)
    let box = Letterbox(fit, source: source, canvas: Size(width: 640, height: 640))
    let corner = box.map.apply(Point(x: 773, y: 512))
    #expect(abs(corner.x - Double(box.offsetX) - 640) <= 1e-9)
    #expect(abs(corner.y - Double(box.offsetY) - 512 * 640 / 773) <= 1e-9)
  }
}

@Suite struct CoordinateMapTests {
  @Test func compositionAppliesInOrder() {
    let first = CoordinateMap(scaleX: 2, scaleY: 3, offsetX: 1, offsetY: -1)
    let second = CoordinateMap(scaleX: 0.5, scaleY: 4, offsetX: -2, offsetY: 5)
    let point = Point(x: 7, y: -3)
    #expect(first.then(second).apply(point) == second.apply(first.apply(point)))
    #expect(first.then(first.inverse).apply(point) == point)
  }

  @Test func clippingCollapsesWhatLiesOutside() {
    let size = Size(width: 10, height: 20)
    let box = Box(minX: -5, minY: 5, maxX: 15, maxY: 30).clipped(to: size)
    #expect(box == Box(minX: 0, minY: 5, maxX: 10, maxY: 20))
    let outside = Box(minX: 12, minY: 5, maxX: 15, maxY: 30).clipped(to: size)
    #expect(outside.area == 0)
  }
}
