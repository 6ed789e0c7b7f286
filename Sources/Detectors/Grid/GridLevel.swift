package import Geometry

/// One feature map of a detection head: its cells and where they lie in the network's input.
package struct GridLevel: Hashable, Sendable {
  /// Network-input pixels per cell.
  package var strideInPixels: Int
  package var columns: Int
  package var rows: Int

  package init(strideInPixels: Int, columns: Int, rows: Int) {
    self.strideInPixels = strideInPixels
    self.columns = columns
    self.rows = rows
  }

  /// The level of a stride: `ceil(input / stride)` cells each way.
  package init(strideInPixels stride: Int, inputSize: Size) {
    self.init(
      strideInPixels: stride, columns: (inputSize.width + stride - 1) / stride,
      rows: (inputSize.height + stride - 1) / stride)
  }

  package var cellCount: Int { columns * rows }

  /// The levels of several strides, in their order.
  package static func levels(strides: [Int], inputSize: Size) -> [GridLevel] {
    strides.map { GridLevel(strideInPixels: $0, inputSize: inputSize) }
  }
}

extension [GridLevel] {
  package var cellCount: Int { reduce(0) { $0 + $1.cellCount } }
}
