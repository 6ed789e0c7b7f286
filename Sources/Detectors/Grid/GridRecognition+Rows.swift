internal import Geometry

/// Families whose network gives one list of boxes.
extension GridRecognition {
  /// The one output `[1, A, B]`; further outputs may only be the raw maps `[1, a, h, w, c]` that
  /// older exports list beside it.
  private var rows: (index: Int, first: Int, second: Int, trace: OutputTrace)? {
    let lists = outputs.indices.filter {
      outputs[$0].shape.count == 3 && outputs[$0].shape[0] == 1
    }
    guard lists.count == 1, outputs.allSatisfy({ [3, 5].contains($0.shape.count) }) else {
      return nil
    }
    let output = outputs[lists[0]]
    return (lists[0], output.shape[1], output.shape[2], output.trace)
  }

  private static let strideSets = [[8, 16, 32], [8, 16, 32, 64], [4, 8, 16, 32]]

  /// A decoder of rows that knows their grids, where there is one row per cell.
  private func onGrids(_ decoder: RowsDecoder) -> RowsDecoder {
    var decoder = decoder
    let strides = Self.strideSets.first { cellCount(strides: $0) == decoder.rowCount }
    decoder.levels = strides.map { GridLevel.levels(strides: $0, inputSize: inputSize) } ?? []
    return decoder
  }

  private func single(
    _ family: GridFamily, _ output: Int, _ decoder: any GridDecoder
  ) -> [Interpretation] {
    [
      Interpretation(family: family, classCount: decoder.classCount) {
        [GridHead(outputs: [output], decoder: decoder)]
      }
    ]
  }

  /// `[1, boxes, 5 + classes]` in pixels: three anchors per cell (v5, v7) or one box (v6, which
  /// unlike YOLOX has no exponential).
  func yolov5Rows() -> [Interpretation]? {
    guard let rows, rows.second > 5 else { return nil }
    let count = rows.first
    let isAnchored = Self.strideSets.contains { count == 3 * cellCount(strides: $0) }
    let isAnchorFree = count == cellCount(strides: [8, 16, 32]) && !rows.trace.hasExponential
    guard
      isRequested(.yolov5) || (rows.trace.hasArithmetic && (isAnchored || isAnchorFree))
    else { return nil }
    return single(
      .yolov5, rows.index,
      onGrids(
        RowsDecoder(
          rowCount: count, classCount: rows.second - 5, hasObjectness: true,
          isChannelsFirst: false)))
  }

  /// `[1, 4 + classes, boxes]` in pixels, or transposed.
  func yolov8Rows() -> [Interpretation]? {
    guard let rows else { return nil }
    let isCertain = isRequested(.yolov8) || metadata.isUltralytics
    var found: [Interpretation] = []
    for isChannelsFirst in [true, false] {
      let channels = isChannelsFirst ? rows.first : rows.second
      let count = isChannelsFirst ? rows.second : rows.first
      guard channels > 4 else { continue }
      let isGrid = Self.strideSets.contains { count == cellCount(strides: $0) }
      let isDecoded = rows.trace.hasArithmetic && (isChannelsFirst || !rows.trace.hasExponential)
      guard isCertain ? isGrid || channels < count : isGrid && isDecoded else { continue }
      found += single(
        .yolov8, rows.index,
        onGrids(
          RowsDecoder(
            rowCount: count, classCount: channels - 4, hasObjectness: false,
            isChannelsFirst: isChannelsFirst)))
    }
    return found.isEmpty ? nil : found
  }

  /// `[1, boxes, 6]`: corners, score, class.
  func endToEnd() -> [Interpretation] {
    guard let rows, rows.second == 6 else { return [] }
    let isGrid = Self.strideSets.contains { strides in
      [1, 3].contains { rows.first == $0 * cellCount(strides: strides) }
    }
    guard isRequested(.yolov10) || metadata.isEndToEnd || !isGrid && rows.first <= 3000 else {
      return []
    }
    return single(
      .yolov10, rows.index,
      EndToEndDecoder(
        rowCount: rows.first, classCount: knownClassCount ?? COCOClasses.names.count))
  }

  /// `[1, cells, 5 + classes]`: raw, or in pixels where the exporter put the decoding in.
  func yolox() -> [Interpretation] {
    let levels = GridLevel.levels(strides: [8, 16, 32], inputSize: inputSize)
    guard let rows, rows.second > 5, rows.first == levels.cellCount else { return [] }
    if !rows.trace.hasArithmetic {
      return single(
        .yolox, rows.index,
        YOLOXDecoder(
          levels: levels, classCount: rows.second - 5, isActivated: rows.trace.hasSigmoid))
    }
    guard rows.trace.hasExponential || isRequested(.yolox) else { return [] }
    return single(
      .yolox, rows.index,
      onGrids(
        RowsDecoder(
          rowCount: rows.first, classCount: rows.second - 5, hasObjectness: true,
          isChannelsFirst: false)))
  }

  /// `[1, cells, classes + 4 * 8]`: NanoDet with three levels and points in the cells' middles, or
  /// NanoDet-Plus with four and points at the cells' corners.
  func nanoDetRows() -> [Interpretation]? {
    let binCount = 8
    guard let rows, rows.second > 4 * binCount, !rows.trace.hasArithmetic else { return nil }
    let classCount = rows.second - 4 * binCount
    for (strides, cellOffset) in [([8, 16, 32], 0.5), ([8, 16, 32, 64], 0.0)] {
      let grids = GridLevel.levels(strides: strides, inputSize: inputSize)
      guard rows.first == grids.cellCount else { continue }
      var first = 0
      let levels = grids.map { grid in
        defer { first += grid.cellCount * rows.second }
        func source(_ channel: Int) -> DistributionGridDecoder.Source {
          .init(tensor: 0, offset: first + channel, channelStride: 1, cellStride: rows.second)
        }
        return DistributionGridDecoder.Level(
          grid: grid, classes: source(0), distances: source(classCount))
      }
      return single(
        .nanodet, rows.index,
        DistributionGridDecoder(
          levels: levels, classCount: classCount, binCount: binCount, cellOffset: cellOffset,
          isActivated: rows.trace.hasSigmoid, elementCounts: [rows.first * rows.second]))
    }
    return nil
  }
}
