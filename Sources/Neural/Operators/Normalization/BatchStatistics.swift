/// Batch normalisation by the batch's own mean and variance, with running ones kept beside.
///
/// Inputs, Float32: x `[N, C, ...]`; scale, bias, running mean and running variance, each `[C]`.
/// Outputs: x normalised by the biased variance, scaled and moved; the running mean and variance, each
/// `momentum` of the old and the rest of the batch's. Sums run in Float64.
package struct BatchStatistics: Operator, Hashable {
  package var epsilon: Float
  package var momentum: Float

  package init(epsilon: Float, momentum: Float) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  package var name: String { "BatchNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try BatchNormalization(epsilon: epsilon).inferTypes(inputs)[0]
    let channels = [x.shape[1]]
    return [x, try .output(.float32, channels), try .output(.float32, channels)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0).elements(Float.self)
    let channels = type.shape[1]
    let plane = type.shape.dropFirst(2).reduce(1, *)
    var (means, variances) = ([Float](), [Float]())
    for channel in 0..<channels {
      let lines = (0..<type.shape[0]).map { image in
        x[(image * channels + channel) * plane..<(image * channels + channel + 1) * plane]
      }
      let count = Double(max(type.shape[0] * plane, 1))
      let mean = lines.joined().reduce(0.0) { $0 + Double($1) } / count
      let variance = lines.joined().reduce(0.0) { sum, value in
        sum + (Double(value) - mean) * (Double(value) - mean)
      }
      means.append(Float(mean))
      variances.append(Float(variance / count))
    }
    let moments = [try Tensor(means, shape: [channels]), try Tensor(variances, shape: [channels])]
    let y = try BatchNormalization(epsilon: epsilon).evaluate(Array(inputs.prefix(3)) + moments)[0]
    let running = try zip([means, variances], [3, 4]).map { batch, index in
      let old = try required(inputs, index).elements(Float.self)
      return try Tensor(
        zip(old, batch).map { $0 * momentum + $1 * (1 - momentum) }, shape: [channels])
    }
    return [y] + running
  }
}
