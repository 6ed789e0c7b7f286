package import Geometry

/// An anchor box's width and height; the unit is the decoder's.
package struct Anchor: Hashable, Sendable {
  package var width: Double
  package var height: Double

  package init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }
}

/// Decodes one raw map of an anchor grid with objectness and independent classes: YOLOv3, v4
/// (`scale_x_y`, `new_coords`), v5 and v7.
///
/// The cell in column `c`, row `r` with anchor `(pw, ph)` in input pixels predicts
///
///     x = (c + k sigmoid(tx) - (k - 1) / 2) * cellWidth        y alike
///     w = e^tw * pw    or    (2 sigmoid(tw))^2 * pw             h alike
///     score = sigmoid(objectness) * sigmoid(class)
///
/// with `k = scaleXY`, as in YOLOv3 (Redmon and Farhadi 2018, arXiv:1804.02767); v5 and v7 have
/// `k = 2` and the squared size.
package struct AnchorGridDecoder: GridDecoder {
  /// Which axis runs where in memory.
  package enum Layout: Hashable, Sendable {
    /// `[anchors * (5 + classes), rows, columns]`
    case channelsFirst
    /// `[anchors, rows, columns, 5 + classes]`
    case channelsLast
  }

  package enum SizeRule: Hashable, Sendable {
    case exponential
    case squared
  }

  package var columns: Int
  package var rows: Int
  package var inputSize: Size
  /// In input pixels, in channel order.
  package var anchors: [Anchor]
  package var classCount: Int
  package var layout = Layout.channelsFirst
  package var scaleXY = 1.0
  package var sizeRule = SizeRule.exponential
  /// Whether the network has applied the sigmoids itself (Darknet's `new_coords`).
  package var isActivated = false

  package init(
    columns: Int, rows: Int, inputSize: Size, anchors: [Anchor], classCount: Int
  ) {
    self.columns = columns
    self.rows = rows
    self.inputSize = inputSize
    self.anchors = anchors
    self.classCount = classCount
  }

  package var elementCounts: [Int] { [anchors.count * (5 + classCount) * rows * columns] }

  package func decode(
    _ tensors: [UnsafeBufferPointer<Float>], scoreThreshold: Float,
    into candidates: inout Candidates
  ) {
    guard let base = tensors[0].baseAddress else { return }
    let cellCount = rows * columns
    let channelCount = 5 + classCount
    let isPlanar = layout == .channelsFirst
    let channelStride = isPlanar ? cellCount : 1
    let cellStride = isPlanar ? 1 : channelCount
    let bound = isActivated ? scoreThreshold : logitBound(Double(scoreThreshold))
    for (index, anchor) in anchors.enumerated() {
      let values = base + index * channelCount * cellCount
      for cell in 0..<cellCount where values[4 * channelStride + cell * cellStride] > bound {
        appendCell(
          values + cell * cellStride, channelStride: channelStride, cell: cell, anchor: anchor,
          scoreThreshold: scoreThreshold, into: &candidates)
      }
    }
  }

  private func appendCell(
    _ values: UnsafePointer<Float>, channelStride: Int, cell: Int, anchor: Anchor,
    scoreThreshold: Float, into candidates: inout Candidates
  ) {
    let objectness = activate(values[4 * channelStride])
    guard objectness > Double(scoreThreshold) else { return }
    let needed = Double(scoreThreshold) / objectness
    let bound = isActivated ? Float(needed) - 1e-5 : logitBound(needed)
    var boxIndex: Int32?
    for classID in 0..<classCount {
      let value = values[(5 + classID) * channelStride]
      guard value > bound else { continue }
      let score = Float(objectness * activate(value))
      guard score > scoreThreshold else { continue }
      let box =
        boxIndex
        ?? candidates.addBox(
          self.box(
            values[0], values[channelStride], values[2 * channelStride], values[3 * channelStride],
            column: cell % columns, row: cell / columns, anchor: anchor))
      boxIndex = box
      candidates.append(boxIndex: box, classID: classID, score: score)
    }
  }

  /// The box of one cell and anchor from its four raw values, in input pixels.
  package func box(
    _ tx: Float, _ ty: Float, _ tw: Float, _ th: Float, column: Int, row: Int, anchor: Anchor
  ) -> Box {
    let shift = (scaleXY - 1) / 2
    let x = (Double(column) + scaleXY * activate(tx) - shift) / Double(columns)
    let y = (Double(row) + scaleXY * activate(ty) - shift) / Double(rows)
    return Box(
      centerX: x * Double(inputSize.width), centerY: y * Double(inputSize.height),
      width: sizeFactor(tw) * anchor.width, height: sizeFactor(th) * anchor.height)
  }

  @inline(__always)
  private func activate(_ value: Float) -> Double { isActivated ? Double(value) : sigmoid(value) }

  private func sizeFactor(_ value: Float) -> Double {
    switch sizeRule {
    case .exponential: return sizeExponential(value)
    case .squared:
      let doubled = 2 * activate(value)
      return doubled * doubled
    }
  }
}
