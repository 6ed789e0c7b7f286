internal import Geometry

/// Families whose network gives classes, distances and a centerness per level.
extension GridRecognition {
  /// FCOS. Raw heads of other families have the same shapes, so that it must be asked for.
  ///
  /// Class and centerness outputs are told apart from the distances by their channels; with four
  /// classes, and with one, by the order class, distance, centerness of the published exports.
  func fcos() -> [Interpretation] {
    guard isRequested(.fcos), outputs.count.isMultiple(of: 3), !outputs.isEmpty else { return [] }
    var byStride: [Int: [(output: Int, channels: Int, grid: GridLevel)]] = [:]
    for index in outputs.indices {
      let shape = outputs[index].shape
      guard shape.count == 4, shape[0] == 1, let grid = level(columns: shape[3], rows: shape[2])
      else { return [] }
      byStride[grid.strideInPixels, default: []].append((index, shape[1], grid))
    }
    var levels: [FCOSDecoder.Level] = []
    var used: [Int] = []
    var classCount = 0
    for (_, triple) in byStride.sorted(by: { $0.key < $1.key }) {
      guard triple.count == 3 else { return [] }
      // In the export's order, which settles what channels alone leave open.
      guard
        let distances = triple.indices.dropFirst().first(where: { triple[$0].channels == 4 })
          ?? triple.indices.first(where: { triple[$0].channels == 4 }),
        let centerness = triple.indices.last(where: {
          $0 != distances && triple[$0].channels == 1
        }),
        let classes = triple.indices.first(where: { $0 != distances && $0 != centerness })
      else { return [] }
      guard classCount == 0 || classCount == triple[classes].channels else { return [] }
      classCount = triple[classes].channels
      levels.append(.init(grid: triple[0].grid))
      used += [triple[classes].output, triple[distances].output, triple[centerness].output]
    }
    let decoder = FCOSDecoder(
      levels: levels, classCount: classCount, isActivated: outputs[used[0]].trace.hasSigmoid)
    return [
      Interpretation(family: .fcos, classCount: classCount) {
        [GridHead(outputs: used, decoder: decoder)]
      }
    ]
  }
}
