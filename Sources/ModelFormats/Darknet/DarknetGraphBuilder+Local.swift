internal import Neural

extension DarknetGraphBuilder {
  /// A convolution with other weights at each place (YOLOv1), as one batched matrix product:
  /// the pixels under each window become a column, each place has its own matrix.
  mutating func append(
    _ local: DarknetLayer.Local, _ layer: DarknetLayer, _ input: Graph.ValueID
  ) throws -> Graph.ValueID {
    let name = layer.outputName
    let shape = layer.inputs[0]
    let (rows, columns) = (layer.output.height, layer.output.width)
    let places = rows * columns
    let depth = shape.channels * local.size * local.size
    let biases = try addWeights(
      take([1, local.filters, rows, columns], layer, "biases"), layer, "biases")
    let matrices = try addWeights(
      take([places, local.filters, depth], layer, "weights"), layer, "weights")
    let pads = try constant(
      [0, 0, local.padding, local.padding, 0, 0, local.padding, local.padding], "\(name)/pads")
    let padded = append(Pad(mode: .constant), "\(name)/pad", [input, pads])
    let axes = try constant([2, 3], "\(name)/axes")
    let strides = try constant([local.stride, local.stride], "\(name)/strides")
    let newAxis = try constant([2], "\(name)/axis")
    var taps: [Graph.ValueID] = []
    for y in 0..<local.size {
      for x in 0..<local.size {
        let tap = "\(name)/tap_\(y)_\(x)"
        let starts = try constant([y, x], "\(tap)/starts")
        let ends = try constant(
          [y + (rows - 1) * local.stride + 1, x + (columns - 1) * local.stride + 1], "\(tap)/ends")
        // [1, channels, rows, columns]
        let slice = append(Slice(), tap, [padded, starts, ends, axes, strides])
        taps.append(append(Unsqueeze(), "\(tap)/stack", [slice, newAxis]))
      }
    }
    // [1, channels, size * size, rows, columns] -> [places, depth, 1]
    let stack = append(Concat(axis: 2), "\(name)/stack", taps)
    let flat = append(
      Reshape(), "\(name)/flat", [stack, try constant([depth, places], "\(name)/flat/shape")])
    let turned = append(Transpose(permutation: [1, 0]), "\(name)/turned", [flat])
    let windows = append(
      Reshape(), "\(name)/windows",
      [turned, try constant([places, depth, 1], "\(name)/windows/shape")])
    // [places, filters, 1] -> [1, filters, rows, columns]
    let products = append(MatMul(), "\(name)/product", [matrices, windows])
    let table = append(
      Reshape(), "\(name)/table",
      [products, try constant([places, local.filters], "\(name)/table/shape")])
    let channelsFirst = append(Transpose(permutation: [1, 0]), "\(name)/channels", [table])
    let cube = append(
      Reshape(), "\(name)/cube",
      [channelsFirst, try constant([1, local.filters, rows, columns], "\(name)/cube/shape")])
    let sum = append(ElementwiseBinary(function: .add), name, [cube, biases])
    return append(local.activation, name, sum)
  }
}
