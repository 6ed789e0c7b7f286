/// x
package struct Pad: Operator, Hashable {
  package enum Mode: Hashable, Sendable { case constant, reflect, edge, wrap }

  package var mode: Mode

  package init(mode: Mode) {
    self.mode = mode
  }

  package var name: String { "Pad" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
