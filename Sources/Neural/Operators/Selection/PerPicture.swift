/// Where each picture of a canvas lies on the input and on the output of one operator.
package struct PictureRegions: Hashable, Sendable {
  /// One region per picture, none of them empty.
  package var inputs: [SpatialRegion]
  /// As many, in the same order.
  package var outputs: [SpatialRegion]

  package init(inputs: [SpatialRegion], outputs: [SpatialRegion]) {
    precondition(inputs.count == outputs.count, "a picture has an input and an output region")
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A convolution or maximum of each picture of a canvas by itself, as if there were no others.
///
/// Inputs and output: those of the operator; x `[N, C, rows, columns]` is the canvas. The output is 0
/// between the pictures.
///
/// The kernels of convolutions read the canvas around a picture where the operator pads: it must hold
/// zeros there (`Passes.maskGaps` sees to that). Those of a maximum do not look beyond the picture.
package struct PerPicture: Operator {
  package let base: any Operator
  package let regions: PictureRegions

  package init(_ base: Convolution, regions: PictureRegions) {
    self.base = base
    self.regions = regions
  }

  package init(_ base: MaxPool, regions: PictureRegions) {
    self.base = base
    self.regions = regions
  }

  package var name: String { base.name }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let types = try base.inferTypes(inputs)
    guard let x = inputs.first??.type.shape, x.count == 4, types.count == 1 else {
      throw OperatorError.invalidInput("a canvas is [N, C, rows, columns]")
    }
    for (canvas, pictures) in [(x, regions.inputs), (types[0].shape, regions.outputs)] {
      let whole = SpatialRegion(rows: 0..<canvas[2], columns: 0..<canvas[3])
      for region in pictures where !whole.contains(region) {
        throw OperatorError.invalidAttribute("regions", "\(region) on a canvas of \(whole)")
      }
    }
    return types
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let output = outputs.first, output.shape.count == 4 else { return 0 }
    return regions.outputs.reduce(0) { sum, region in
      var picture = output
      picture.shape[2] = region.rows.count
      picture.shape[3] = region.columns.count
      return sum &+ base.multiplyAdds(inputs: inputs, outputs: [picture])
    }
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    var result = try Tensor(zeros: .float32, shape: type.shape)
    for (input, output) in zip(regions.inputs, regions.outputs) {
      var picture = inputs
      picture[0] = try x.cropped(to: input)
      // A sum that is fused in lies as the output does.
      if inputs.count > 3, let residual = inputs[3] {
        picture[3] = try residual.cropped(to: output)
      }
      let alone = try base.evaluate(picture)[0]
      guard Array(alone.shape[2...]) == [output.rows.count, output.columns.count] else {
        throw OperatorError.invalidAttribute(
          "regions", "\(input) gives \(shapeText(alone.shape)), not \(output)")
      }
      try result.paste(alone, to: output)
    }
    return [result]
  }
}

extension Tensor {
  /// A rectangle of each plane of Float32 `[N, C, H, W]`.
  fileprivate func cropped(to region: SpatialRegion) throws -> Tensor {
    var cropped = shape
    cropped[2] = region.rows.count
    cropped[3] = region.columns.count
    return try Tensor(.float32, shape: cropped, as: Float.self) { output in
      withElements(Float.self) { values in
        var target = 0
        for plane in 0..<shape[0] * shape[1] {
          for row in region.rows {
            for column in region.columns {
              output[target] = values[(plane * shape[2] + row) * shape[3] + column]
              target += 1
            }
          }
        }
      }
    }
  }

  /// Writes planes of a region's size into that region.
  fileprivate mutating func paste(_ picture: Tensor, to region: SpatialRegion) throws {
    let shape = shape
    try withUnsafeMutableBytes { bytes in
      let output = bytes.bindMemory(to: Float.self)
      picture.withElements(Float.self) { values in
        var source = 0
        for plane in 0..<shape[0] * shape[1] {
          for row in region.rows {
            for column in region.columns {
              output[(plane * shape[2] + row) * shape[3] + column] = values[source]
              source += 1
            }
          }
        }
      }
    }
  }
}

extension Graph.Node {
  /// Its convolution, of the whole input or of each picture on it.
  var convolution: Convolution? {
    operation as? Convolution ?? (operation as? PerPicture)?.base as? Convolution
  }

  /// Where it works picture by picture.
  var pictures: PictureRegions? { (operation as? PerPicture)?.regions }
}
