import Detectors
import Geometry
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct DecoderTests {
  private func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }

  /// A pair exactly at the threshold is left out; the next one above is not.
  @Test func thresholdIsStrict() {
    let decoder = RowsDecoder(
      rowCount: 2, classCount: 1, hasObjectness: false, isChannelsFirst: false)
    let tensor: [Float] = [5, 5, 2, 2, 0.25, 5, 5, 2, 2, Float(0.25).nextUp]
    let candidates = decoder.candidates([tensor], scoreThreshold: 0.25)
    #expect(candidates.entries.map(\.score) == [Float(0.25).nextUp])
  }

  @Test func everyClassOfABoxIsACandidate() {
    let decoder = RowsDecoder(
      rowCount: 1, classCount: 3, hasObjectness: true, isChannelsFirst: false)
    let candidates = decoder.candidates(
      [[8, 6, 4, 2, 0.5, 0.9, 0.25, 0.75]], scoreThreshold: 0.2)
    #expect(candidates.boxes == [Box(minX: 6, minY: 5, maxX: 10, maxY: 7)])
    #expect(candidates.entries.map(\.classID) == [0, 2])
    #expect(candidates.entries.map(\.score) == [0.5 * 0.9, 0.375])
    #expect(candidates.entries.allSatisfy { $0.boxIndex == 0 })
  }

  /// `[4 + C, N]` and its transpose give the same pairs.
  @Test func transposedRowsAgree() {
    var generator = SeededGenerator(seed: 3)
    let rows = 37
    let classes = 5
    let channels = 4 + classes
    let planes = generator.floats(rows * channels).map { $0 + 0.5 }
    var transposed = planes
    for row in 0..<rows {
      for channel in 0..<channels {
        transposed[row * channels + channel] = planes[channel * rows + row]
      }
    }
    let first = RowsDecoder(
      rowCount: rows, classCount: classes, hasObjectness: false, isChannelsFirst: true
    ).candidates([planes], scoreThreshold: 0.6)
    let second = RowsDecoder(
      rowCount: rows, classCount: classes, hasObjectness: false, isChannelsFirst: false
    ).candidates([transposed], scoreThreshold: 0.6)
    #expect(!first.entries.isEmpty)
    let key = { (c: Candidates) in
      Set(c.entries.map { [c.boxes[Int($0.boxIndex)]: [$0.classID: $0.score]] })
    }
    #expect(key(first) == key(second))
  }

  /// The scan that skips cells by their logits against one that computes every score.
  @Test(arguments: [0.0, 0.001, 0.25, 0.5, 0.9, 1.0] as [Float])
  func anchorGridAgreesWithThePlainFormula(_ threshold: Float) {
    var generator = SeededGenerator(seed: 8)
    let (columns, rows, classes) = (5, 3, 4)
    let anchors = [Anchor(width: 10, height: 20), Anchor(width: 40, height: 30)]
    let cells = columns * rows
    let tensor = generator.floats(anchors.count * (5 + classes) * cells).map { $0 * 16 }
    var decoder = AnchorGridDecoder(
      columns: columns, rows: rows, inputSize: Size(width: 160, height: 96), anchors: anchors,
      classCount: classes)
    decoder.scaleXY = 1.05
    let candidates = decoder.candidates([tensor], scoreThreshold: threshold)
    var expected: [Float] = []
    var boxes: [Box] = []
    for (index, anchor) in anchors.enumerated() {
      for cell in 0..<cells {
        let value = { (channel: Int) in
          tensor[(index * (5 + classes) + channel) * cells + cell]
        }
        for classID in 0..<classes {
          let score = Float(self.sigmoid(value(4)) * self.sigmoid(value(5 + classID)))
          guard score > threshold else { continue }
          expected.append(score)
          let x = (Double(cell % columns) + 1.05 * sigmoid(value(0)) - 0.025) * 32
          let y = (Double(cell / columns) + 1.05 * sigmoid(value(1)) - 0.025) * 32
          boxes.append(
            Box(
              centerX: x, centerY: y, width: exp(Double(value(2))) * anchor.width,
              height: exp(Double(value(3))) * anchor.height))
        }
      }
    }
    #expect(candidates.entries.map(\.score) == expected)
    for (entry, box) in zip(candidates.entries, boxes) {
      let actual = candidates.boxes[Int(entry.boxIndex)]
      #expect(abs(actual.minX - box.minX) <= 1e-9 * (1 + abs(box.minX)))
      #expect(abs(actual.maxY - box.maxY) <= 1e-9 * (1 + abs(box.maxY)))
    }
  }

  /// `[A, H, W, 5 + C]` holds the same as `[A * (5 + C), H, W]`.
  @Test func anchorLayoutsAgree() {
    var generator = SeededGenerator(seed: 21)
    var decoder = AnchorGridDecoder(
      columns: 3, rows: 2, inputSize: Size(width: 96, height: 64),
      anchors: [Anchor(width: 10, height: 20), Anchor(width: 30, height: 30)], classCount: 2)
    decoder.scaleXY = 2
    decoder.sizeRule = .squared
    let planar = generator.floats(2 * 7 * 6).map { $0 * 6 }
    var nested = planar
    for anchor in 0..<2 {
      for channel in 0..<7 {
        for cell in 0..<6 {
          nested[(anchor * 6 + cell) * 7 + channel] = planar[(anchor * 7 + channel) * 6 + cell]
        }
      }
    }
    let first = decoder.candidates([planar], scoreThreshold: 0.1)
    decoder.layout = .channelsLast
    let second = decoder.candidates([nested], scoreThreshold: 0.1)
    #expect(!first.entries.isEmpty)
    #expect(first.boxes == second.boxes)
    #expect(first.entries == second.entries)
  }

  /// `new_coords`: values are activated already.
  @Test func newCoordinatesTakeValuesAsTheyAre() {
    var decoder = AnchorGridDecoder(
      columns: 1, rows: 1, inputSize: Size(width: 32, height: 32),
      anchors: [Anchor(width: 10, height: 20)], classCount: 1)
    decoder.isActivated = true
    decoder.sizeRule = .squared
    decoder.scaleXY = 2
    let candidates = decoder.candidates([[0.5, 0.25, 0.5, 1, 0.8, 0.5]], scoreThreshold: 0.1)
    #expect(candidates.entries[0].score == Float(Double(Float(0.8)) * 0.5))
    #expect(candidates.boxes == [Box(centerX: 16, centerY: 0, width: 10, height: 80)])
  }

  @Test func sizesAreCappedBeforeTheyOverflow() {
    let decoder = YOLOXDecoder(
      levels: [GridLevel(strideInPixels: 8, columns: 1, rows: 1)], classCount: 1)
    let box = decoder.box(0, 0, 500, 3e38, column: 0, row: 0, strideInPixels: 8)
    #expect(box.isFinite)
    #expect(box.width == exp(10) * 8)
  }

  @Test func fastestDetFormula() {
    let decoder = FastestDetDecoder(
      columns: 2, rows: 1, inputSize: Size(width: 32, height: 16), classCount: 2)
    // [7, 1, 2]: the second cell is the object.
    let tensor: [Float] = [
      0, 0.5, 0, 0.5, 0, -0.5, 0, 0, 0, 1, 0, 0.9, 0, 0.0001,
    ]
    let candidates = decoder.candidates([tensor], scoreThreshold: 0.25)
    #expect(candidates.entries.count == 1)
    #expect(candidates.entries[0].classID == 0)
    let score = pow(0.5, 0.6) * pow(Double(Float(0.9)), 0.4)
    #expect(abs(Double(candidates.entries[0].score) - score) < 1e-6)
    let expected = Box(
      centerX: (1 + tanh(0.5)) / 2 * 32, centerY: tanh(-0.5) * 16, width: 0.5 * 32,
      height: sigmoid(1) * 16)
    #expect(abs(candidates.boxes[0].minX - expected.minX) < 1e-9)
    #expect(abs(candidates.boxes[0].maxY - expected.maxY) < 1e-9)
    #expect(decoder.candidates([tensor], scoreThreshold: 0).entries.count == 2)
  }

  @Test func endToEndRowsSkipPadding() {
    let decoder = EndToEndDecoder(rowCount: 4, classCount: 3)
    let tensor: [Float] = [
      1, 2, 3, 4, 0.9, 2, 1, 2, 3, 4, 0.8, 3, 1, 2, 3, 4, 0.7, 0.5, 0, 0, 0, 0, 0, 0,
    ]
    let candidates = decoder.candidates([tensor], scoreThreshold: 0.1)
    #expect(candidates.entries.map(\.classID) == [2])
    #expect(candidates.boxes == [Box(minX: 1, minY: 2, maxX: 3, maxY: 4)])
  }

  /// Class and distance maps as `[cells, channels]` and as `[channels, rows, columns]`.
  @Test func distributionLayoutsAgree() {
    var generator = SeededGenerator(seed: 4)
    let grid = GridLevel(strideInPixels: 16, columns: 3, rows: 2)
    let (classes, bins) = (3, 8)
    let scores = generator.floats(classes * 6).map { $0 + 0.5 }
    let distances = generator.floats(4 * bins * 6).map { $0 * 8 }
    let transpose = { (values: [Float], channels: Int) in
      (0..<channels).flatMap { channel in (0..<6).map { values[$0 * channels + channel] } }
    }
    let planar = DistributionGridDecoder(
      levels: [
        .init(
          grid: grid, classes: .init(tensor: 0, offset: 0, channelStride: 6, cellStride: 1),
          distances: .init(tensor: 1, offset: 0, channelStride: 6, cellStride: 1))
      ], classCount: classes, binCount: bins, isActivated: true,
      elementCounts: [classes * 6, 4 * bins * 6])
    let rows = DistributionGridDecoder(
      levels: [
        .init(
          grid: grid, classes: .init(tensor: 0, offset: 0, channelStride: 1, cellStride: classes),
          distances: .init(tensor: 1, offset: 0, channelStride: 1, cellStride: 4 * bins))
      ], classCount: classes, binCount: bins, isActivated: true,
      elementCounts: [classes * 6, 4 * bins * 6])
    let first = rows.candidates([scores, distances], scoreThreshold: 0.4)
    let second = planar.candidates(
      [transpose(scores, classes), transpose(distances, 4 * bins)], scoreThreshold: 0.4)
    #expect(!first.entries.isEmpty)
    let key = { (c: Candidates) in
      Set(c.entries.map { [c.boxes[Int($0.boxIndex)]: [$0.classID: $0.score]] })
    }
    #expect(key(first) == key(second))
    for box in first.boxes {
      #expect(box.width >= 0 && box.width <= 14 * 16)
    }
  }

  @Test(
    arguments: [
      ([1.0, 2, 3], nil), ([1, .nan, 3], 1), ([.infinity], 0), ([0, 0, -.infinity], 2), ([], nil),
      ([Float.greatestFiniteMagnitude, -0.0], nil),
    ] as [([Float], Int?)])
  func findsTheFirstNonFiniteValue(_ values: [Float], _ expected: Int?) {
    #expect(values.withUnsafeBufferPointer { firstNonFinite($0) } == expected)
  }
}
