/// An activation function of every element.
///
/// Input: x, Float32 of any shape. Output: its shape.
package struct Activation: Operator, Hashable {
  package var function: ActivationFunction

  package init(function: ActivationFunction) {
    self.function = function
  }

  package var name: String { function.operatorName }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    return [
      try Tensor(type.elementType, shape: type.shape, as: Float.self) { output in
        x.withElements(Float.self) { x in
          for i in x.indices { output[i] = function(x[i]) }
        }
      }
    ]
  }
}

extension ActivationFunction {
  /// The ONNX operator that computes the function alone; a name of our own where there is none.
  package var operatorName: String {
    switch self {
    case .identity: "Identity"
    case .relu: "Relu"
    case .sigmoid: "Sigmoid"
    case .tanh: "Tanh"
    case .silu, .swish: "Swish"
    case .mish: "Mish"
    case .gelu, .geluTanh: "Gelu"
    case .hardSwish: "HardSwish"
    case .softplus: "Softplus"
    case .softsign: "Softsign"
    case .squaredRelu: "SquaredRelu"
    case .step: "Step"
    case .leakyRelu: "LeakyRelu"
    case .clip: "Clip"
    case .hardSigmoid: "HardSigmoid"
    case .elu: "Elu"
    case .selu: "Selu"
    case .celu: "Celu"
    case .thresholdedRelu: "ThresholdedRelu"
    }
  }
}
