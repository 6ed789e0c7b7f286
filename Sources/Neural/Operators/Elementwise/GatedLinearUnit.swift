/// Half of the channels lets the other half through (Dauphin et al. 2017, arXiv:1612.08083; Shazeer
/// 2020, arXiv:2002.05202): `value * gate(x)`.
///
/// Input: x, Float32, an axis of even size 2n: first n values, then n of what the gate sees. Output:
/// x's shape with n on that axis. The gate's function makes the kind: sigmoid GLU, relu ReGLU, gelu
/// GEGLU, silu SwiGLU, identity the bilinear form.
package struct GatedLinearUnit: Operator, Hashable {
  package var gate: ActivationFunction
  package var axis: Int

  package init(gate: ActivationFunction = .sigmoid, axis: Int = 1) {
    self.gate = gate
    self.axis = axis
  }

  package var name: String { "GatedLinearUnit" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    var shape = x.shape
    let position = try self.position(rank: shape.count)
    guard shape[position].isMultiple(of: 2) else {
      throw OperatorError.invalidInput("axis \(axis) of \(shape) is odd, needs two halves")
    }
    shape[position] /= 2
    return [try .output(.float32, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let position = try self.position(rank: x.shape.count)
    // A run is what follows one index before the axis: values, then gates.
    let half = type.shape[position...].reduce(1, *)
    let values = x.elements(Float.self)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for index in output.indices {
        let first = index / half * 2 * half + index % half
        output[index] = values[first] * gate(values[first + half])
      }
    }
    return [result]
  }

  private func position(rank: Int) throws -> Int {
    guard rank > 0, (-rank..<rank).contains(axis) else {
      throw OperatorError.invalidAttribute("axis", "\(axis) of \(rank) axes")
    }
    return axis < 0 ? axis + rank : axis
  }
}
