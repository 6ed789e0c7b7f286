import Detectors
import Geometry
import TestSupport
import Testing

@Suite struct TextMapTests {
  @Test func regionsTouchAtCorners() {
    let text = [
      "##..#",
      "..#.#",
      "....#",
      "#...#",
    ]
    let mask = text.flatMap { $0.map { $0 == "#" } }
    let regions = ConnectedRegions.runEnds(of: mask, columns: 5)
    #expect(regions.count == 3)
    #expect(regions[0] == [Point(x: 0, y: 0), Point(x: 1, y: 0), Point(x: 2, y: 1)])
    #expect(regions[1].count == 4)
    #expect(regions[2] == [Point(x: 0, y: 3)])
    // Arms that meet only below are one region.
    let u = ["#.#", "#.#", "###"].flatMap { $0.map { $0 == "#" } }
    #expect(ConnectedRegions.runEnds(of: u, columns: 3).count == 1)
    #expect(ConnectedRegions.runEnds(of: [], columns: 3).isEmpty)
  }

  /// No rectangle at 3600 orientations is smaller, and every point lies within.
  @Test(arguments: 1...20) func rectangleIsTheSmallest(_ seed: Int) {
    var state = UInt32(seed)
    let next = {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 16) / 65536
    }
    let points = (0..<(2 + seed)).map { _ in
      Point(x: (next() * 40).rounded(), y: (next() * 15).rounded())
    }
    let rectangle = OrientedRectangle(enclosing: points)
    var least = Double.infinity
    for step in 0..<3600 {
      // Points of the circle by rational parametrisation.
      let t = Double(step) / 3600
      let (x, y) = ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
      let along = points.map { $0.x * x + $0.y * y }
      let across = points.map { $0.y * x - $0.x * y }
      least = min(least, (along.max()! - along.min()!) * (across.max()! - across.min()!))
    }
    #expect(rectangle.area <= least + 1e-6)
    for point in points {
      let (dx, dy) = (point.x - rectangle.center.x, point.y - rectangle.center.y)
      let along = dx * rectangle.axis.x + dy * rectangle.axis.y
      let across = dy * rectangle.axis.x - dx * rectangle.axis.y
      #expect(abs(along) <= rectangle.halfLength + 1e-9)
      #expect(abs(across) <= rectangle.halfBreadth + 1e-9)
    }
  }

  @Test func linesAreUnclipped() throws {
    let (columns, rows) = (40, 20)
    var map = [Float](repeating: 0.1, count: columns * rows)
    for y in 5...8 { for x in 10...29 { map[y * columns + x] = 0.9 } }
    map[0] = 0.9  // too small
    var decoder = TextMapDecoder()
    decoder.dilates = false
    let lines = decoder.decode(map, columns: columns, scoreThreshold: 0.5)
    let line = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(abs(line.score - 0.9) < 1e-6)
    // 19 x 3 between centres of cells, each side moved by 57 * 1.6 / 44.
    let distance = 57 * 1.6 / 44
    let corners = line.rectangle.corners
    #expect(abs(corners[0].x - (10.5 - distance)) < 1e-9)
    #expect(abs(corners[0].y - (5.5 - distance)) < 1e-9)
    #expect(abs(corners[2].x - (29.5 + distance)) < 1e-9)
    #expect(abs(corners[2].y - (8.5 + distance)) < 1e-9)
    #expect(decoder.decode(map, columns: columns, scoreThreshold: 0.95).isEmpty)
    // Growing takes in a column and a row of weak cells.
    let grown = try #require(
      TextMapDecoder().decode(map, columns: columns, scoreThreshold: 0.5).first)
    #expect(abs(grown.score - (0.9 * 80 + 0.1 * 25) / 105) < 1e-6)
  }
}
