/// Weights of one square convolution: `[M, C / groups, k, k]` and perhaps a bias `[M]`.
package struct ConvolutionWeights: Sendable {
  package var weights: Tensor
  package var bias: Tensor?

  package init(weights: Tensor, bias: Tensor? = nil) {
    self.weights = weights
    self.bias = bias
  }
}

extension Graph {
  /// Appends a convolution that keeps the size, or with a stride of `s` leaves `ceil(size / s)`:
  /// odd kernels, padded by `dilation * (k - 1) / 2`.
  ///
  /// - Returns: `[N, M, rows, columns]`.
  package mutating func appendConvolution(
    _ map: ValueID, _ layer: ConvolutionWeights, stride: Int = 1, dilation: Int = 1,
    groups: Int = 1, name: String
  ) -> ValueID {
    let kernel = layer.weights.shape.dropFirst(2).map { $0 }
    let pads = kernel.map { dilation * ($0 - 1) / 2 }
    let weights = addConstant(layer.weights, name: name + "/weights")
    let bias = layer.bias.map { addConstant($0, name: name + "/bias") }
    return append(
      Convolution(
        strides: kernel.map { _ in stride }, dilations: kernel.map { _ in dilation },
        padsBegin: pads, padsEnd: pads, groups: groups),
      name: name, inputs: [map, weights, bias])
  }

  /// Appends the nearest-neighbour resize of a map to another map's rows and columns: position
  /// `floor(i * size / otherSize)`, which also fits where an odd size was halved (13 to 25).
  package mutating func appendResize(
    _ map: ValueID, like other: ValueID, name: String
  ) -> ValueID {
    let sizes = append(ShapeOf(start: 2), name: name + "/size", inputs: [other])
    return append(
      Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor, axes: [2, 3]),
      name: name, inputs: [map, nil, nil, sizes])
  }

  /// Appends the sum of two maps of one shape.
  package mutating func appendSum(_ a: ValueID, _ b: ValueID, name: String) -> ValueID {
    append(ElementwiseBinary(function: .add), name: name, inputs: [a, b])
  }
}
