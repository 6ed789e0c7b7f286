internal import Neural

extension OperatorTable {
  static let matrixProduct: [String: OperatorImport] = [
    "Det": .plain(1...1, Determinant()),
    "MatMul": .plain(2...2, MatMul()),
    "Gemm": OperatorImport(2...3) { node in
      // Before operator set 7, C was broadcast only where this said so; now always.
      if node.version < 7 { _ = try node.flag("broadcast") }
      node.define(
        Gemm(
          alpha: try node.float("alpha", default: 1), beta: try node.float("beta", default: 1),
          transposeA: try node.flag("transA"), transposeB: try node.flag("transB")))
    },
    "Einsum": OperatorImport(OperatorImport.many) { node in
      guard let equation = try node.attributes.string("equation") else {
        throw AttributeError("attribute equation is missing")
      }
      node.define(Einsum(equation: equation))
    },
  ]
}
