/// Sets everything outside given rectangles of a map to one value.
///
/// Input: x, Float32 `[N, C, H, W]`. Output: its shape; inside the regions x, elsewhere `value`.
/// Several pictures on one canvas stay apart by it: before an operator that pads, the gaps between
/// them hold what that operator pads with.
package struct MaskGaps: Operator, Hashable {
  package var regions: [SpatialRegion]
  package var value: Float

  package init(regions: [SpatialRegion], value: Float) {
    self.regions = regions
    self.value = value
  }

  package var name: String { "MaskGaps" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    guard x.shape.count == 4 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [N, C, H, W]")
    }
    let whole = SpatialRegion(rows: 0..<x.shape[2], columns: 0..<x.shape[3])
    for region in regions where !whole.contains(region) {
      throw OperatorError.invalidAttribute("regions", "\(region) in a map of \(whole)")
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let (height, width) = (type.shape[2], type.shape[3])
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for index in output.indices { output[index] = value }
      x.withElements(Float.self) { x in
        for plane in 0..<type.shape[0] * type.shape[1] {
          for region in regions {
            for row in region.rows {
              let start = (plane * height + row) * width
              for column in region.columns { output[start + column] = x[start + column] }
            }
          }
        }
      }
    }
    return [result]
  }
}
