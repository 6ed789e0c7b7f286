import Detectors
import Geometry
import TestSupport
import Testing

@Suite struct DenseMapTests {
  @Test func windows() {
    let map = DenseMap(
      head: 1, strideInPixels: 8, columns: 4, rows: 3, channels: 2,
      values: (0..<24).map(Float.init))
    let window = map.window(columns: 1..<3, rows: 1..<3)
    #expect(window.values == [5, 6, 9, 10, 17, 18, 21, 22])
    #expect(window.inputSize == Size(width: 16, height: 16))
    #expect(window.origin == (8, 8))
    #expect(window.head == 1)
    #expect(window.levelSize == Size(width: 32, height: 24))
    // A window of a window is measured from the input that the network saw.
    let inner = window.window(columns: 1..<2, rows: 0..<1)
    #expect(inner.values == [6, 18])
    #expect(inner.origin == (16, 8))
    #expect(inner.levelSize == Size(width: 32, height: 24))
  }

  @Test(arguments: [(8, "P3"), (16, "P4"), (2, "P1"), (24, "stride 24")])
  func headNames(_ stride: Int, _ name: String) {
    #expect(DenseHead(strideInPixels: stride, channels: 1).name == name)
  }
}

/// A level taken out as `[channels, rows, columns]` and decoded by itself gives the boxes that
/// decoding all levels in their own layout gives.
@Suite struct GridMapLayoutReferenceTests {
  private let inputSize = Size(width: 96, height: 64)

  private var levels: [GridLevel] { GridLevel.levels(strides: [8, 16, 32], inputSize: inputSize) }

  private var decoders: [any DenseGridDecoder] {
    var channelsLast = AnchorGridDecoder(
      columns: 6, rows: 4, inputSize: inputSize,
      anchors: [Anchor(width: 10, height: 14), Anchor(width: 30, height: 20)], classCount: 3)
    let channelsFirst = channelsLast
    channelsLast.layout = .channelsLast
    var rows = RowsDecoder(
      rowCount: levels.cellCount, classCount: 3, hasObjectness: false, isChannelsFirst: true)
    rows.levels = levels
    var objectRows = RowsDecoder(
      rowCount: levels.cellCount, classCount: 3, hasObjectness: true, isChannelsFirst: false)
    objectRows.levels = levels
    let cells = levels.cellCount
    var first = 0
    let distributed = levels.map { grid in
      defer { first += grid.cellCount }
      return DistributionGridDecoder.Level(
        grid: grid,
        classes: .init(tensor: 0, offset: first * 35, channelStride: 1, cellStride: 35),
        distances: .init(tensor: 0, offset: first * 35 + 3, channelStride: 1, cellStride: 35))
    }
    return [
      YOLOXDecoder(levels: levels, classCount: 3),
      YOLOXDecoder(levels: levels, classCount: 3, isActivated: false), channelsFirst,
      channelsLast, rows, objectRows,
      RegionDecoder(
        columns: 3, rows: 2, inputSize: inputSize, anchors: [Anchor(width: 1, height: 2)],
        classCount: 3),
      FastestDetDecoder(columns: 6, rows: 4, inputSize: inputSize, classCount: 3),
      DistributionGridDecoder(
        levels: distributed, classCount: 3, binCount: 8, isActivated: false,
        elementCounts: [cells * 35]),
    ]
  }

  private func boxes(_ candidates: Candidates) -> [Detection] {
    sorted(candidates.allDetections)
  }

  private func sorted(_ detections: [Detection]) -> [Detection] {
    detections.sorted {
      ($0.score, $0.classID, $0.box.minX, $0.box.minY)
        > ($1.score, $1.classID, $1.box.minX, $1.box.minY)
    }
  }

  @Test func levelsEqualTheWhole() throws {
    for (number, decoder) in decoders.enumerated() {
      var generator = SeededGenerator(seed: UInt32(number) + 1)
      let tensor = (0..<decoder.elementCounts[0]).map { _ in
        Float.random(in: 0...1, using: &generator)
      }
      let whole = decoder.candidates([tensor], scoreThreshold: 0.3)
      #expect(!whole.entries.isEmpty)
      var parts: [Detection] = []
      for layout in decoder.mapLayouts {
        let values = tensor.withUnsafeBufferPointer { layout.values([$0]) }
        let level = decoder.decoder(of: layout.grid, inputSize: inputSize)
        parts += boxes(level.candidates([values], scoreThreshold: 0.3))
      }
      parts.sort {
        ($0.score, $0.classID, $0.box.minX, $0.box.minY)
          > ($1.score, $1.classID, $1.box.minX, $1.box.minY)
      }
      let expected = boxes(whole)
      #expect(parts.count == expected.count, "decoder \(number)")
      for (part, other) in zip(parts, expected) {
        #expect(part.score == other.score && part.classID == other.classID)
        #expect(
          abs(part.box.minX - other.box.minX) < 1e-9 && abs(part.box.minY - other.box.minY) < 1e-9
            && abs(part.box.maxX - other.box.maxX) < 1e-9
            && abs(part.box.maxY - other.box.maxY) < 1e-9, "decoder \(number)")
      }
    }
  }

  /// A cell's box does not depend on the window that the cell is read in.
  @Test func windowsEqualTheirLevel() throws {
    for (number, decoder) in decoders.enumerated() {
      var generator = SeededGenerator(seed: UInt32(number) + 1)
      let tensor = (0..<decoder.elementCounts[0]).map { _ in
        Float.random(in: 0...1, using: &generator)
      }
      for layout in decoder.mapLayouts {
        let grid = layout.grid
        let map = DenseMap(
          head: 0, strideInPixels: grid.strideInPixels, columns: grid.columns, rows: grid.rows,
          channels: layout.channels,
          values: tensor.withUnsafeBufferPointer { layout.values([$0]) })
        let expected = boxes(
          decoder.decoder(of: grid, inputSize: map.levelSize)
            .candidates([map.values], scoreThreshold: 0.3))
        var parts: [Detection] = []
        for column in 0..<grid.columns {
          let window = map.window(columns: column..<column + 1, rows: 0..<grid.rows)
          let level = GridLevel(
            strideInPixels: grid.strideInPixels, columns: 1, rows: grid.rows)
          let shift = CoordinateMap(
            scaleX: 1, scaleY: 1,
            offsetX: decoder.isAbsolute ? 0 : Double(window.origin.x), offsetY: 0)
          parts += decoder.decoder(of: level, inputSize: window.levelSize)
            .candidates([window.values], scoreThreshold: 0.3)
            .allDetections.map { $0.mapped(through: shift) }
        }
        let found = sorted(parts)
        #expect(found.count == expected.count, "decoder \(number)")
        for (part, other) in zip(found, expected) {
          #expect(part.score == other.score && part.classID == other.classID)
          #expect(
            abs(part.box.minX - other.box.minX) < 1e-9
              && abs(part.box.maxX - other.box.maxX) < 1e-9
              && abs(part.box.maxY - other.box.maxY) < 1e-9, "decoder \(number)")
        }
      }
    }
  }
}

extension Candidates {
  fileprivate var allDetections: [Detection] { detections(at: Array(entries.indices)) }
}
