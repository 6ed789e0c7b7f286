internal import Geometry

/// Families whose network gives feature maps.
extension GridRecognition {
  /// A feature map: its output, channels (of all anchors together) and level.
  private struct Map {
    var output: Int
    var channels: Int
    var grid: GridLevel
    var layout: AnchorGridDecoder.Layout
    /// Given by the shape `[1, anchors, rows, columns, channels]`.
    var anchorCount: Int?
  }

  /// Every output as a map, smallest stride first; `nil` when one is something else.
  private var maps: [Map]? {
    var maps: [Map] = []
    for (index, output) in outputs.enumerated() {
      let shape = output.shape
      guard shape.first == 1 else { return nil }
      let isNested = shape.count == 5
      guard isNested || shape.count == 4,
        let grid = level(columns: shape[3], rows: shape[2])
      else { return nil }
      let channels = isNested ? shape[1].multipliedReportingOverflow(by: shape[4]).0 : shape[1]
      maps.append(
        Map(
          output: index, channels: channels, grid: grid,
          layout: isNested ? .channelsLast : .channelsFirst, anchorCount: isNested ? shape[1] : nil)
      )
    }
    maps.sort { $0.grid.strideInPixels < $1.grid.strideInPixels }
    let strides = Set(maps.map(\.grid.strideInPixels))
    return strides.count == maps.count ? maps : nil
  }

  /// YOLOv1: `[1, 7 * 7 * (5 boxes + classes)]` in Darknet's order, or `[1, 7, 7, 5 boxes + classes]`.
  func yolov1() -> [Interpretation] {
    guard outputs.count == 1, outputs[0].shape.first == 1 else { return [] }
    let shape = outputs[0].shape
    let side = shape.count == 4 ? shape[1] : 7
    let perCell: Int
    if shape.count == 4 {
      guard shape[1] == shape[2], side == 7 || isRequested(.yolov1) else { return [] }
      perCell = shape[3]
    } else {
      guard shape.count == 2, shape[1] % (side * side) == 0 else { return [] }
      perCell = shape[1] / (side * side)
    }
    let classCount = knownClassCount ?? perCell - 10
    let boxValues = perCell - classCount
    guard classCount > 0, boxValues > 0, boxValues % 5 == 0 else { return [] }
    let decoder = YOLOv1Decoder(
      side: side, boxesPerCell: boxValues / 5, classCount: classCount,
      layout: shape.count == 4 ? .perCell : .blocks, inputSize: inputSize)
    return [
      Interpretation(family: .yolov1, classCount: classCount) {
        [GridHead(outputs: [0], decoder: decoder)]
      }
    ]
  }

  /// YOLOv2: one map of stride 32; anchors come from the manifest.
  func yolov2() -> [Interpretation] {
    guard let maps, maps.count == 1, maps[0].layout == .channelsFirst,
      maps[0].grid.strideInPixels == 32 || isRequested(.yolov2)
    else { return [] }
    let map = maps[0]
    let anchors = manifest?.anchors?.first
    let anchorCount = anchors?.count ?? 5
    guard map.channels % anchorCount == 0, map.channels / anchorCount > 5 else { return [] }
    let classCount = map.channels / anchorCount - 5
    let inputSize = inputSize
    return [
      Interpretation(family: .yolov2, classCount: classCount) {
        guard let anchors else { throw DetectorError.missingAnchors(.yolov2) }
        return [
          GridHead(
            outputs: [map.output],
            decoder: RegionDecoder(
              columns: map.grid.columns, rows: map.grid.rows, inputSize: inputSize,
              anchors: anchors, classCount: classCount))
        ]
      }
    ]
  }

  /// YOLOv3 or v5: several raw maps with anchors from the manifest, three per cell unless it says
  /// otherwise.
  func anchorMaps(_ family: GridFamily) -> [Interpretation] {
    guard let maps, maps.count > 1 || isRequested(family) else { return [] }
    // Outputs with an axis for anchors are how v5 and v7 export.
    let isNested = maps[0].anchorCount != nil
    if isNested && family != .yolov5 && !isRequested(family) { return [] }
    let anchorCount = maps[0].anchorCount ?? manifest?.anchors?.first?.count ?? 3
    guard anchorCount > 0, maps[0].channels % anchorCount == 0,
      maps.allSatisfy({ $0.channels == maps[0].channels && $0.layout == maps[0].layout })
    else { return [] }
    let classCount = maps[0].channels / anchorCount - 5
    guard classCount > 0 else { return [] }
    return [
      Interpretation(family: family, classCount: classCount) {
        try heads(family, maps, anchorCount: anchorCount, classCount: classCount)
      }
    ]
  }

  private func heads(
    _ family: GridFamily, _ maps: [Map], anchorCount: Int, classCount: Int
  ) throws -> [GridHead] {
    guard let levels = manifest?.anchors else { throw DetectorError.missingAnchors(family) }
    guard levels.count == maps.count, levels.allSatisfy({ $0.count == anchorCount }) else {
      throw DetectorError.anchorMismatch(
        "anchors must be \(maps.count) levels of \(anchorCount), smallest stride first")
    }
    return zip(maps, levels).map { map, anchors in
      var decoder = AnchorGridDecoder(
        columns: map.grid.columns, rows: map.grid.rows, inputSize: inputSize, anchors: anchors,
        classCount: classCount)
      decoder.layout = map.layout
      if family == .yolov5 {
        decoder.scaleXY = 2
        decoder.sizeRule = .squared
      }
      return GridHead(outputs: [map.output], decoder: decoder)
    }
  }

  /// FastestDet: one map of stride 16.
  func fastestDet() -> [Interpretation] {
    guard let maps, maps.count == 1, maps[0].layout == .channelsFirst, maps[0].channels > 5,
      maps[0].grid.strideInPixels == 16 || isRequested(.fastestdet)
    else { return [] }
    let map = maps[0]
    let decoder = FastestDetDecoder(
      columns: map.grid.columns, rows: map.grid.rows, inputSize: inputSize,
      classCount: map.channels - 5)
    return [
      Interpretation(family: .fastestdet, classCount: decoder.classCount) {
        [GridHead(outputs: [map.output], decoder: decoder)]
      }
    ]
  }

  /// YOLOv8 without its decoding: maps `[1, 4 * 16 + classes, rows, columns]`, distances first.
  func distributionMaps() -> [Interpretation]? {
    let binCount = 16
    guard let maps, maps.count > 1, maps.allSatisfy({ $0.layout == .channelsFirst }),
      maps.allSatisfy({ $0.channels == maps[0].channels }), maps[0].channels > 4 * binCount
    else { return nil }
    let classCount = maps[0].channels - 4 * binCount
    let levels = maps.enumerated().map { index, map in
      func source(_ channel: Int) -> DistributionGridDecoder.Source {
        .init(
          tensor: index, offset: channel * map.grid.cellCount, channelStride: map.grid.cellCount,
          cellStride: 1)
      }
      return DistributionGridDecoder.Level(
        grid: map.grid, classes: source(4 * binCount), distances: source(0))
    }
    let decoder = DistributionGridDecoder(
      levels: levels, classCount: classCount, binCount: binCount,
      isActivated: outputs[maps[0].output].trace.hasSigmoid,
      elementCounts: maps.map { $0.channels * $0.grid.cellCount })
    return [
      Interpretation(family: .yolov8, classCount: classCount) {
        [GridHead(outputs: maps.map(\.output), decoder: decoder)]
      }
    ]
  }
}
