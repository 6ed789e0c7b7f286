/// x
package struct Gemm: Operator, Hashable {
  package var alpha: Float
  package var beta: Float
  package var transposeA: Bool
  package var transposeB: Bool

  package init(alpha: Float, beta: Float, transposeA: Bool, transposeB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  package var name: String { "Gemm" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
