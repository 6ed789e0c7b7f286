import CKernels
import TestSupport
import Testing

@Suite struct ConvPlanarReferenceTests {
  static let shapes: [ConvCase] = [
    ConvCase(
      inChannels: 3, outChannels: 16, height: 16, width: 64, stride: (2, 2),
      pad: (1, 1, 0, 0), activation: CK_ACT_SILU),
    ConvCase(
      inChannels: 3, outChannels: 24, height: 12, width: 30, kernel: (6, 6),
      stride: (2, 2), pad: (2, 2, 2, 2)),
    ConvCase(
      batch: 2, inChannels: 3, outChannels: 10, height: 12, width: 12,
      pad: (0, 0, 0, 0), activation: CK_ACT_PRELU),
    ConvCase(inChannels: 1, outChannels: 5, height: 1, width: 1),
    ConvCase(
      inChannels: 4, outChannels: 40, height: 9, width: 19, kernel: (5, 7), stride: (3, 3),
      dilation: (1, 2), pad: (2, 3, 1, 4), activation: CK_ACT_LEAKY, hasBias: false),
    ConvCase(
      inChannels: 3, outChannels: 16, height: 5, width: 3, kernel: (1, 1), stride: (1, 1),
      pad: (0, 0, 0, 0)),
    ConvCase(
      inChannels: 2, outChannels: 3, height: 4, width: 2, kernel: (3, 3), stride: (1, 1),
      pad: (3, 4, 3, 4)),
  ]

  @Test(arguments: KernelSet.available, shapes)
  func planarInput(set: KernelSet, shape: ConvCase) throws {
    var random = SeededGenerator(seed: 11)
    let inValues = random.floats(shape.batch * shape.inChannels * shape.height * shape.width)
    let weights = random.floats(shape.weightCount)
    let bias = shape.hasBias ? random.floats(shape.outChannels) : nil
    let slopes = random.floats(shape.outChannels)
    var sizes = ck_reference_sizes(
      batch: Int32(shape.batch), in_channels: Int32(shape.inChannels),
      in_height: Int32(shape.height), in_width: Int32(shape.width),
      out_channels: Int32(shape.outChannels), out_height: Int32(shape.outHeight),
      out_width: Int32(shape.outWidth))
    var expected = [Float](
      repeating: 0, count: shape.batch * shape.outChannels * shape.outHeight * shape.outWidth)
    slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      ck_reference_conv(&options, &sizes, inValues, nil, weights, bias, &expected)
      let outputs: [[Float]] = [1, 2].map { threads in
        let output = ConvPlanes(
          isa: set.isa, batch: shape.batch, channels: shape.outChannels, height: shape.outHeight,
          width: shape.outWidth, border: 1)
        inValues.withUnsafeBufferPointer { input in
          var outBlocked = output.blocked
          var picture = ck_planar(
            values: input.baseAddress, channels: Int32(shape.inChannels),
            height: Int32(shape.height), width: Int32(shape.width), row: shape.width,
            plane: shape.height * shape.width)
          let operation = ck_conv_planar_input(
            set.isa, &options, &picture, &outBlocked, weights, bias)
          guard let operation else {
            Issue.record("no operation")
            return
          }
          runSteps(operation, threads: threads)
          ck_op_destroy(operation)
        }
        #expect(output.borderIsZero)
        return output.values
      }
      expectClose(outputs[0], expected, absolute: 1e-5, relative: 1e-5)
      #expect(outputs[0] == outputs[1], "results depend on the number of threads")
    }
  }
}
