import Detectors
import Geometry
import StrictJSON
import TestSupport
import Testing

/// Fixtures/spec/04_heatmap.json, member by member.
@Suite struct HeatmapVectorTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("04_heatmap.json").root }

  @Test func gaussianRadii() throws {
    let cases = try #require(vectors.member("gaussian_radius").arrayValue)
    #expect(cases.count == 8)
    for entry in cases {
      let height = try #require(entry.member("h").doubleValue)
      let width = try #require(entry.member("w").doubleValue)
      let published = GaussianTarget.radius(width: width, height: height)
      let exact = GaussianTarget.radius(width: width, height: height, formula: .exact)
      #expect(abs(published - (try #require(entry.member("official").doubleValue))) < 1e-6)
      #expect(Int(published) == (try entry.member("official_int").intValue))
      #expect(abs(exact - (try #require(entry.member("fixed").doubleValue))) < 1e-6)
      #expect(Int(exact) == (try entry.member("fixed_int").intValue))
      // The IoU of two equal boxes whose corners differ by the smallest of the three shifts.
      let overlaps = [
        Box(minX: exact, minY: exact, maxX: width + exact, maxY: height + exact),
        Box(minX: exact, minY: exact, maxX: width - exact, maxY: height - exact),
        Box(minX: -exact, minY: -exact, maxX: width + exact, maxY: height + exact),
      ].map { $0.intersectionOverUnion(Box(minX: 0, minY: 0, maxX: width, maxY: height)) }
      let least = try #require(overlaps.min())
      #expect(abs(least - (try #require(entry.member("iou_at_fixed").doubleValue))) < 1e-6)
    }
  }

  @Test func gaussians() throws {
    for radius in 1...2 {
      let expected = try vectors.member("gaussian_r\(radius)").numbers
      let target = GaussianTarget(radius: radius)
      let actual = (-radius...radius).flatMap { y in
        (-radius...radius).map { target.value(x: $0, y: y) }
      }
      #expect(actual.count == expected.count)
      for (a, b) in zip(actual, expected) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test func drawing() throws {
    let draw = try vectors.member("draw")
    let size = try draw.member("hw").integers
    var map = [Double](repeating: 0, count: size[0] * size[1])
    for centre in try #require(draw.member("centers_x_y_r").arrayValue).map(\.integers) {
      GaussianTarget(radius: centre[2]).draw(
        into: &map, columns: size[1], centerX: centre[0], centerY: centre[1])
    }
    let expected = try draw.member("out").numbers
    #expect(map.count == expected.count)
    for (a, b) in zip(map, expected) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func focalLoss() throws {
    let focal = try vectors.member("focal")
    let predictions = try focal.member("pred").numbers
    let targets = try focal.member("gt").numbers
    let loss = HeatmapFocalLoss.value(predictions: predictions, targets: targets)
    #expect(abs(loss - (try #require(focal.member("loss").doubleValue))) < 1e-6)
    let negative = HeatmapFocalLoss.value(
      predictions: predictions, targets: targets.map { $0 == 1 ? 0.99 : $0 })
    #expect(abs(negative - (try #require(focal.member("no_pos_loss").doubleValue))) < 1e-6)
  }

  @Test func centerNetDecoding() throws {
    let decode = try vectors.member("decode")
    let heat = try decode.member("heat")
    let cells = 25
    let maps = HeatmapMaps(
      columns: 5, rows: 5, classCount: 2, heat: heat.floats,
      size: (0..<cells).map { 1 + 0.1 * Float($0) } + [Float](repeating: 2, count: cells),
      offset: [Float](repeating: 0.25, count: cells) + [Float](repeating: 0.5, count: cells))
    var conventions = HeatmapConventions.centerNet()
    conventions.candidateLimit = try decode.member("K").intValue
    conventions.strideInPixels = try #require(decode.member("stride").intValue)
    let input = Size(width: 20, height: 20)
    let found = HeatmapDecoder(conventions).decode(maps, inputSize: input, scoreThreshold: 0)
    let expected = try #require(decode.member("out").arrayValue)
    #expect(found.count == expected.count)
    for (detection, entry) in zip(found, expected) {
      #expect(abs(detection.score - (try #require(entry.member("score").doubleValue))) < 1e-6)
      #expect(detection.classID == (try entry.member("cls").intValue))
      let box = try entry.member("xyxy_img").numbers
      for (a, b) in zip(corners(detection.box), box) { #expect(abs(a - b) < 1e-5) }
    }
    // Every cell that the vector calls a peak, and no other.
    conventions.candidateLimit = nil
    let peaks = try decode.member("peaks").numbers.filter { $0 > 0 }
    let all = HeatmapDecoder(conventions).decode(maps, inputSize: input, scoreThreshold: 0)
    #expect(all.map { Float($0.score) } == peaks.sorted(by: >).map { Float($0) })
  }

  @Test func centerFaceDecoding() throws {
    let cases = try #require(vectors.member("centerface").arrayValue)
    #expect(cases.count == 2)
    for entry in cases {
      let size = try entry.member("size_hw").integers
      let (rows, columns) = (size[0] / 4, size[1] / 4)
      let cell = try entry.member("cell_yx").integers
      let index = cell[0] * columns + cell[1]
      let map = { (values: [Double]) in
        values.flatMap { value in
          var plane = [Float](repeating: 0, count: rows * columns)
          plane[index] = Float(value)
          return plane
        }
      }
      let number = { (key: String) in try #require(entry.member(key).doubleValue) }
      let maps = HeatmapMaps(
        columns: columns, rows: rows, classCount: 1, heat: map([0.9]),
        size: map([try number("log_h"), try number("log_w")]),
        offset: map([try number("off_y"), try number("off_x")]),
        landmarks: map(try entry.member("lm_y_x").numbers))
      let input = Size(width: size[1], height: size[0])
      let expected = try entry.member("out")
      var conventions = HeatmapConventions.centerFace
      let face = try #require(
        HeatmapDecoder(conventions).decode(maps, inputSize: input, scoreThreshold: 0.5).first)
      for (a, b) in zip(corners(face.box), try expected.member("box").numbers) {
        #expect(abs(a - b) < 1e-4)
      }
      let landmarks = try expected.member("landmarks_xy").numbers
      #expect(face.landmarks.count * 2 == landmarks.count)
      for (a, b) in zip(face.landmarks.flatMap { [$0.x, $0.y] }, landmarks) {
        #expect(abs(a - b) < 1e-4)
      }
      conventions.clipsBeforeSize = false
      let unclipped = try #require(
        HeatmapDecoder(conventions).decode(maps, inputSize: input, scoreThreshold: 0.5).first)
      for (a, b) in zip(corners(unclipped.box), try expected.member("unclipped_box").numbers) {
        #expect(abs(a - b) < 1e-4)
      }
    }
  }

  private func corners(_ box: Box) -> [Double] { [box.minX, box.minY, box.maxX, box.maxY] }

  @Test func fcos() throws {
    let vector = try vectors.member("fcos")
    let cell = try vector.member("feat").integers
    let stride = try #require(vector.member("stride").intValue)
    let distances = SIMD4(try vector.member("ltrb").numbers)
    let expected = try vector.member("xyxy").numbers
    let centerness = try #require(vector.member("centerness").doubleValue)
    let probability = try #require(vector.member("cls").doubleValue)
    #expect(abs(FCOSDecoder.centerness(distances) - centerness) < 1e-8)

    // The same numbers as the only cell of a level that speaks.
    let grid = GridLevel(strideInPixels: stride, columns: cell[0] + 2, rows: cell[1] + 1)
    let place = cell[1] * grid.columns + cell[0]
    var classes = [Float](repeating: 0, count: 2 * grid.cellCount)
    classes[grid.cellCount + place] = Float(probability)
    var sides = [Float](repeating: 1, count: 4 * grid.cellCount)
    for side in 0..<4 { sides[side * grid.cellCount + place] = Float(distances[side]) }
    let centers = [Float](repeating: Float(centerness), count: grid.cellCount)
    let decoder = FCOSDecoder(
      levels: [.init(grid: grid)], classCount: 2, isActivated: true)
    let candidates = decoder.candidates([classes, sides, centers], scoreThreshold: 0.48)
    let entry = try #require(candidates.entries.first)
    #expect(candidates.entries.count == 1 && entry.classID == 1)
    #expect(abs(Double(entry.score) - (try #require(vector.member("score").doubleValue))) < 1e-6)
    let box = candidates.boxes[Int(entry.boxIndex)]
    #expect([box.minX, box.minY, box.maxX, box.maxY] == expected)
    #expect(decoder.candidates([classes, sides, centers], scoreThreshold: 0.481).entries.isEmpty)

    // Logits in place of probabilities.
    let logits = classes.map { $0 > 0 ? Float(1.3862944) : -20 }
    let central = centers.map { _ in Float(-0.9019) }
    let raw = FCOSDecoder(levels: [.init(grid: grid)], classCount: 2, isActivated: false)
      .candidates([logits, sides, central], scoreThreshold: 0.4)
    #expect(raw.entries.map(\.classID) == [1])
    #expect(abs((raw.entries.first?.score ?? 0) - 0.48056) < 1e-3)
  }
}
