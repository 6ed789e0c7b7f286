import Neural
import Testing

@Suite struct RegionAlignTests {
  /// There is nothing to read in a map without rows or columns.
  @Test(arguments: [[1, 2, 0, 4], [1, 2, 4, 0]])
  func emptyMapsAreRefused(_ shape: [Int]) throws {
    let align = RegionAlign(
      mode: .average, rows: 2, columns: 2, samplingRatio: 2, spatialScale: 1, isHalfPixel: true)
    let inputs = [
      try Tensor(zeros: .float32, shape: shape), try Tensor([-9, -9, -5, -5], shape: [1, 4]),
      try Tensor(vector: [0]),
    ]
    #expect(throws: OperatorError.self) { try align.evaluate(inputs) }
  }
}
