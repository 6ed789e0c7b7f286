internal import Geometry

/// Families whose network gives a class map and a distance map per level.
extension GridRecognition {
  /// One of a level's two outputs, as `[cells, channels]` or `[channels, rows, columns]`.
  private struct Part {
    var output: Int
    var channels: Int
    var grid: GridLevel
    var isChannelsFirst: Bool

    var elementCount: Int { channels * grid.cellCount }

    func source(tensor: Int) -> DistributionGridDecoder.Source {
      .init(
        tensor: tensor, offset: 0, channelStride: isChannelsFirst ? grid.cellCount : 1,
        cellStride: isChannelsFirst ? 1 : channels)
    }
  }

  /// PicoDet (four levels), NanoDet (three) or YOLOv8 (16 bins instead of 8): two outputs per
  /// level.
  func distributionPairs(_ family: GridFamily) -> [Interpretation] {
    let parts = outputs.indices.compactMap(part)
    guard parts.count == outputs.count, !parts.isEmpty else { return [] }
    let byStride = Dictionary(grouping: parts, by: \.grid.strideInPixels).sorted { $0.key < $1.key }
    guard byStride.allSatisfy({ $0.value.count == 2 }) else { return [] }
    guard let channels = distanceChannels(byStride.map(\.value)) else { return [] }
    let binCount = channels / 4
    if !isRequested(family) {
      switch family {
      case .yolov8: guard binCount == 16 else { return [] }
      case .picodet: guard byStride.count == 4, binCount != 16 else { return [] }
      case .nanodet: guard byStride.count == 3, binCount != 16 else { return [] }
      default: return []
      }
    }
    var levels: [DistributionGridDecoder.Level] = []
    var used: [Part] = []
    for (_, pair) in byStride {
      let first = isDistance(pair[0], channels, other: pair[1])
      let distances = first ? pair[0] : pair[1]
      let classes = first ? pair[1] : pair[0]
      levels.append(
        .init(
          grid: classes.grid, classes: classes.source(tensor: used.count),
          distances: distances.source(tensor: used.count + 1)))
      used += [classes, distances]
    }
    let classCount = used[0].channels
    guard stride(from: 0, to: used.count, by: 2).allSatisfy({ used[$0].channels == classCount })
    else { return [] }
    let decoder = DistributionGridDecoder(
      levels: levels, classCount: classCount, binCount: binCount,
      isActivated: outputs[used[0].output].trace.hasSigmoid,
      elementCounts: used.map(\.elementCount))
    return [
      Interpretation(family: family, classCount: classCount) {
        [GridHead(outputs: used.map(\.output), decoder: decoder)]
      }
    ]
  }

  private func part(_ index: Int) -> Part? {
    let shape = outputs[index].shape
    guard shape.first == 1 else { return nil }
    if shape.count == 4 {
      guard let grid = level(columns: shape[3], rows: shape[2]) else { return nil }
      return Part(output: index, channels: shape[1], grid: grid, isChannelsFirst: true)
    }
    guard shape.count == 3 else { return nil }
    let grids = [8, 16, 32, 64].map { GridLevel(strideInPixels: $0, inputSize: inputSize) }
    guard let grid = grids.first(where: { $0.cellCount == shape[1] }) else { return nil }
    return Part(output: index, channels: shape[2], grid: grid, isChannelsFirst: false)
  }

  /// The channels of the distance maps: the same in every level and a multiple of four; 32 or 64
  /// where classes could be meant too.
  private func distanceChannels(_ pairs: [[Part]]) -> Int? {
    var common = Set(pairs[0].map(\.channels))
    for pair in pairs { common.formIntersection(pair.map(\.channels)) }
    let possible = common.filter { $0 % 4 == 0 && $0 >= 8 }
    if let usual = [32, 64].first(where: possible.contains) { return usual }
    return possible.count == 1 ? possible.first : nil
  }

  /// Whether `part` rather than `other` is the distance map; of two with the same channels, it is
  /// the one without a sigmoid.
  private func isDistance(_ part: Part, _ channels: Int, other: Part) -> Bool {
    guard part.channels == channels else { return false }
    guard other.channels == channels else { return true }
    return !outputs[part.output].trace.hasSigmoid
  }
}
