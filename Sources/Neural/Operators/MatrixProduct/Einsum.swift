/// Einstein summation: products of elements summed over the labels that the output lacks.
///
/// Inputs: one or more Float32 tensors. Output: Float32, shape as `equation` says.
package struct Einsum: Operator, Hashable {
  /// For example `bij,bjk->bik`.
  package var equation: String

  package init(equation: String) {
    self.equation = equation
  }

  package var name: String { "Einsum" }

  /// More products than this are refused: they are not a detection network's.
  private static let maximumProducts = 1 << 40

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...16)
    let shapes = try (0..<inputs.count).map { try inputs.floatType($0, "input \($0)").shape }
    let parsed = try EinsumEquation(equation, shapes: shapes)
    let products = Checked.saturatingProduct(parsed.sizes)
    guard products <= Self.maximumProducts, parsed.sizes.count <= OperatorInputs.maximumRank else {
      throw OperatorError.unsupported("\(products) products, at most \(Self.maximumProducts)")
    }
    return [try .output(.float32, parsed.outputShape)]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    let shapes = inputs.compactMap { $0?.shape }
    guard let parsed = try? EinsumEquation(equation, shapes: shapes) else { return 0 }
    return Checked.saturatingProduct(parsed.sizes)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let tensors = inputs.compactMap { $0 }
    let parsed = try EinsumEquation(equation, shapes: tensors.map(\.shape))
    let operands = tensors.map { $0.elements(Float.self) }
    let rank = parsed.outputRank
    let outer = StridedWalk(
      shape: parsed.outputShape, strides: parsed.strides.map { Array($0.prefix(rank)) })
    let inner = StridedWalk(
      shape: Array(parsed.sizes.dropFirst(rank)),
      strides: parsed.strides.map { Array($0.dropFirst(rank)) })
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      outer.forEachRow { row, starts in
        for i in 0..<outer.innerCount {
          var sum = 0.0
          inner.forEachRow { _, offsets in
            for k in 0..<inner.innerCount {
              var product = 1.0
              for n in operands.indices {
                let position =
                  starts[n] + i * outer.innerStrides[n] + offsets[n] + k * inner.innerStrides[n]
                product *= Double(operands[n][position])
              }
              sum += product
            }
          }
          output[row + i] = Float(sum)
        }
      }
    }
    return [result]
  }
}
