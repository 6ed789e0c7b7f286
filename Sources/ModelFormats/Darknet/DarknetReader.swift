/// Placeholder.
package enum DarknetReader {
  package static func read(
    path: String, weightsPath: String?, limits: ModelReadingLimits
  ) throws -> Model {
    throw ModelError.inFile(path, .graph("Darknet files are not read yet"))
  }
}
