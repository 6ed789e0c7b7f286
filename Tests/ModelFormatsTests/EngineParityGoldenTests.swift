import ModelFormats
import Neural
import TestSupport
import Testing

/// Whole networks against every output tensor that ONNX Runtime gave for the same input.
///
/// The files `golden/raw/*.npz` hold one real input each and all outputs, from ONNX Runtime 1.32
/// without graph optimisation.
@Suite struct EngineParityGoldenTests {
  @Test(
    .enabled(if: TestFiles.shared != nil, "needs ../shared"),
    arguments: ["yolox_nano_416", "fastestdet_352"], InstructionSet.available)
  func outputsEqualONNXRuntime(_ name: String, _ instructionSet: InstructionSet) throws {
    let shared = try #require(TestFiles.shared)
    let arrays = try NumPyReader.read(path: "\(shared)/golden/raw/\(name).npz")
    let tensors = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.tensor) })
    let model = try ModelReader.read(path: "\(shared)/models/\(name).onnx")
    let inputName = model.graph.inputs[0].name
    let input = try #require(tensors["in:\(inputName)"] ?? tensors[inputName])
    var bits: [[[UInt32]]] = []
    for threads in [1, 2] {
      let network = try Network(
        graph: model.graph, inputShapes: [inputName: input.shape],
        options: ExecutionOptions(threads: threads, instructionSet: instructionSet))
      let outputs = try network.run([input])
      for (port, output) in zip(network.outputs, outputs) {
        let expected = try #require(tensors["out:\(port.name)"] ?? tensors[port.name])
        expectClose(
          output.floats(), expected.floats(), absolute: 1e-4, relative: 1e-4,
          "\(name) \(port.name), \(threads) threads")
      }
      bits.append(outputs.map { $0.elements(UInt32.self) })
    }
    #expect(bits[0] == bits[1])
  }
}
