"""Imports a package on the driver and inside a UDF, and prints from which directory each had it."""

import os

import pandas
from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def home_of_pandas(_):
    """Runs in an executor's Python worker."""
    import pandas

    assert int(pandas.Series([1, 2, 3]).sum()) == 6, "pandas cannot sum"
    return os.path.dirname(os.path.dirname(os.path.realpath(pandas.__file__)))


spark = SparkSession.builder.appName("fatwood-use-wheel").getOrCreate()
homes = spark.range(4, numPartitions=2).select(f.udf(home_of_pandas, "string")("id").alias("home")).distinct()
print("driver=" + os.path.dirname(os.path.dirname(os.path.realpath(pandas.__file__))))
for row in homes.collect():
    print("executor=" + row["home"])
